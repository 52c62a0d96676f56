using MySqlConnector;

namespace PolicyMTA.Plugins.Tests;

/// <summary>A real MariaDB with the user and database <c>mail</c>.</summary>
public sealed class MariaDbServer : DatabaseServer
{
    private readonly string _program;

    private MariaDbServer(string program) => _program = program;

    public string Socket => Path.Combine(Folder, "socket");

    public static async Task<MariaDbServer> StartAsync()
    {
        var server = new MariaDbServer(Require("mariadbd"));
        await RunAsync(Require("mariadb-install-db"), "--no-defaults", $"--datadir={server.Data}", $"--user={Environment.UserName}", "--auth-root-authentication-method=normal", "--skip-test-db");
        await server.StartAgainAsync();
        await server.ExecuteAsync("CREATE DATABASE mail CHARACTER SET utf8mb4; CREATE USER mail@'%' IDENTIFIED BY 'secret'; CREATE USER mail@localhost IDENTIFIED BY 'secret'; GRANT ALL ON mail.* TO mail@'%'; GRANT ALL ON mail.* TO mail@localhost", database: "");
        return server;
    }

    public async Task ExecuteAsync(string sql, string database = "mail")
    {
        await using var connection = new MySqlConnection($"Server={Socket};Protocol=unix;User ID=root;Database={database};Pooling=false;Allow User Variables=true");
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    protected override (string Program, string[] Arguments) Command() =>
        (_program, ["--no-defaults", $"--datadir={Data}", $"--socket={Socket}", $"--port={Port}", "--bind-address=127.0.0.1", $"--user={Environment.UserName}", $"--pid-file={Path.Combine(Folder, "pid")}", "--innodb-buffer-pool-size=16M"]);

    protected override async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new MySqlConnection($"Server={Socket};Protocol=unix;User ID=root;Pooling=false;Connection Timeout=2");
            await connection.OpenAsync();
            return true;
        }
        catch (MySqlException) { return false; }
    }

    private string Data => Path.Combine(Folder, "data");
}
