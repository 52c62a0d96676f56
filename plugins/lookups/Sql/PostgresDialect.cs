using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;
using NpgsqlTypes;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Sql;

/// <summary>PostgreSQL, as pgsql_table(5) is told about it.</summary>
internal sealed class PostgresDialect : SqlDialect
{
    private const string SocketName = ".s.PGSQL.";

    internal override string Type => "pgsql";

    internal override IReadOnlyList<string> OwnParameters { get; } = ["encoding", "select_function"];

    internal override string Placeholder(int number) => string.Create(CultureInfo.InvariantCulture, $"${number}");

    internal override DbDataSource Connect(string host, QueryParameters parameters)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Username = parameters.Find("user"), Password = parameters.Find("password"), Database = parameters.Find("dbname"),
            ClientEncoding = parameters.Find("encoding") ?? "UTF8",
            Timeout = SqlTable.ConnectSeconds, CommandTimeout = SqlTable.QuerySeconds, MaxPoolSize = SqlTable.ConnectionsAtOnce,
            ConnectionIdleLifetime = parameters.Int32("idle_interval", SqlTable.DefaultInterval), ConnectionPruningInterval = Math.Clamp(parameters.Int32("idle_interval", SqlTable.DefaultInterval), 1, 10),
            // A lookup changes nothing that would have to be put back.
            NoResetOnClose = true, MaxAutoPrepare = 4, AutoPrepareMinUsages = 2,
        };
        if (host.StartsWith("postgresql://", StringComparison.Ordinal) || host.StartsWith("postgres://", StringComparison.Ordinal)) ReadUri(host, connection);
        else if (host.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) || host.StartsWith('/')) ReadSocket(host.StartsWith('/') ? host : host["unix:".Length..], connection);
        else if (Split(host) is var (name, port)) (connection.Host, connection.Port) = (name, port ?? NpgsqlConnection.DefaultPort);
        if (string.IsNullOrEmpty(connection.Database)) throw parameters.Mistake("dbname", "is missing");
        return NpgsqlDataSource.Create(connection);
    }

    // No type is named, so that the server takes the column's, as it does for a quoted text.
    internal override void AddValue(DbCommand command, int number, string value) => command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Unknown });

    internal override bool IsLost(Exception error) => error switch
    {
        // Class 57: shutting down, starting up; 53: no more connections; 08: connection trouble.
        PostgresException answer => answer.SqlState[..2] is "57" or "53" or "08",
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    // libpq names the folder of the socket; the file says the port.
    private static void ReadSocket(string path, NpgsqlConnectionStringBuilder connection)
    {
        var at = path.LastIndexOf("/" + SocketName, StringComparison.Ordinal);
        connection.Host = at < 0 ? path : path[..at];
        connection.Port = at >= 0 && int.TryParse(path.AsSpan(at + 1 + SocketName.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : NpgsqlConnection.DefaultPort;
    }

    private static void ReadUri(string text, NpgsqlConnectionStringBuilder connection)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)) throw new FormatException("a URI of hosts can't be read");
        connection.Host = Uri.UnescapeDataString(uri.Host.Trim('[', ']'));
        if (uri.Port > 0) connection.Port = uri.Port;
        if (uri.AbsolutePath.Length > 1) connection.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0) connection.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length == 2) connection.Password = Uri.UnescapeDataString(user[1]);
        foreach (var option in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = option.Split('=', 2) is [var n, var v] ? (n, Uri.UnescapeDataString(v)) : (option, "");
            switch (name)
            {
                case "sslmode": connection.SslMode = Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) ? mode : throw new FormatException($"sslmode '{value}' is none"); break;
                case "sslrootcert": connection.RootCertificate = value; break;
                case "sslcert": connection.SslCertificate = value; break;
                case "sslkey": connection.SslKey = value; break;
                case "host": connection.Host = value; break;
                default: throw new FormatException($"the option '{name}' of a URI is not known: sslmode, sslrootcert, sslcert, sslkey, host are");
            }
        }
    }
}
