using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using MySqlConnector;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sql;

/// <summary>MySQL and MariaDB, as mysql_table(5) is told about them.</summary>
internal sealed class MySqlDialect : SqlDialect
{
    private const uint DefaultPort = 3306;

    internal override string Type => "mysql";

    internal override IReadOnlyList<string> OwnParameters { get; } =
        ["charset", "option_file", "option_group", "require_result_set", "tls_cert_file", "tls_key_file", "tls_CAfile", "tls_CApath", "tls_ciphers", "tls_verify_cert"];

    internal override string Placeholder(int number) => string.Create(CultureInfo.InvariantCulture, $"@p{number}");

    internal override DbDataSource Connect(string host, QueryParameters parameters)
    {
        foreach (var name in (string[])["tls_CApath", "tls_ciphers"])
        {
            if (parameters.Find(name) is { Length: > 0 }) throw parameters.Mistake(name, "is not supported: name one file with tls_CAfile; OpenSSL's own configuration says which ciphers there are");
        }
        var file = OptionFile.Read(parameters);
        var connection = new MySqlConnectionStringBuilder
        {
            UserID = parameters.Find("user") ?? file.Find("user") ?? "", Password = parameters.Find("password") ?? file.Find("password") ?? "", Database = parameters.Require("dbname"),
            CharacterSet = parameters.Find("charset") ?? "utf8mb4", AllowUserVariables = true, ConnectionReset = false,
            ConnectionTimeout = SqlTable.ConnectSeconds, DefaultCommandTimeout = SqlTable.QuerySeconds, MaximumPoolSize = SqlTable.ConnectionsAtOnce,
            ConnectionIdleTimeout = (uint)parameters.Int32("idle_interval", SqlTable.DefaultInterval),
            SslCert = parameters.Find("tls_cert_file") ?? "", SslKey = parameters.Find("tls_key_file") ?? "", SslCa = parameters.Find("tls_CAfile") ?? "",
        };
        // Postfix's client asks for TLS when one of these is there, and checks the name when it is told to.
        if (parameters.Find("tls_verify_cert") is "yes") connection.SslMode = MySqlSslMode.VerifyFull;
        else if (parameters.Find("tls_CAfile") is { Length: > 0 }) connection.SslMode = MySqlSslMode.VerifyCA;
        else if (parameters.Find("tls_cert_file") is { Length: > 0 }) connection.SslMode = MySqlSslMode.Required;
        if (host.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || host.StartsWith('/'))
        {
            (connection.Server, connection.ConnectionProtocol) = (host.StartsWith('/') ? host : host["unix:".Length..], MySqlConnectionProtocol.UnixSocket);
        }
        else
        {
            var (name, port) = Split(host);
            (connection.Server, connection.Port) = (name, (uint?)port ?? DefaultPort);
        }
        return new MySqlDataSource(connection.ConnectionString);
    }

    internal override void AddValue(DbCommand command, int number, string value) => command.Parameters.Add(new MySqlParameter(Placeholder(number), value));

    internal override bool IsLost(Exception error) => error switch
    {
        MySqlException answer => answer.ErrorCode is MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.ServerShutdown or MySqlErrorCode.TooManyUserConnections or MySqlErrorCode.ConnectionCountError
            or MySqlErrorCode.CommandTimeoutExpired or MySqlErrorCode.NormalShutdown || answer.IsTransient || answer.ErrorCode == MySqlErrorCode.None,
        SocketException or IOException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };
}
