using Npgsql;

namespace PolicyMTA.Plugins.Tests;

/// <summary>A real PostgreSQL with the user and database <c>mail</c>. It refuses to run as root and then runs as the user that its package made.</summary>
public sealed class PostgresServer : DatabaseServer
{
    private readonly string _folder;

    private PostgresServer(string folder) => _folder = folder;

    public string Connection => $"Host=127.0.0.1;Port={Port};Username=mail;Password=secret;Database=mail;Pooling=false;Timeout=5";

    public string Sockets => Folder;

    public static async Task<PostgresServer> StartAsync()
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(folder => Path.Combine(folder, "bin")).ToArray() : [];
        var server = new PostgresServer(Path.GetDirectoryName(Require("postgres", versions))!);
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres", server.Folder);
        var password = Path.Combine(server.Folder, "password");
        await File.WriteAllTextAsync(password, "secret\n");
        if (Environment.IsPrivilegedProcess) await RunAsync("chown", "postgres", password);
        var (program, arguments) = server.As("initdb", "-D", server.Data, "-U", "mail", "--pwfile", password, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync");
        await RunAsync(program, arguments);
        await server.StartAgainAsync();
        await server.ExecuteAsync("CREATE DATABASE mail", database: "postgres");
        return server;
    }

    public async Task ExecuteAsync(string sql, string database = "mail")
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connection) { Database = database }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    protected override (string Program, string[] Arguments) Command() =>
        As("postgres", "-D", Data, "-p", $"{Port}", "-k", Folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=16MB");

    protected override async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connection) { Database = "postgres" }.ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException) { return false; }
    }

    private string Data => Path.Combine(Folder, "data");

    private (string, string[]) As(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", Path.Combine(_folder, program), .. arguments])
        : (Path.Combine(_folder, program), arguments);
}
