using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.Plugins.Tests;

/// <summary>A real OpenLDAP with the tree <c>dc=example,dc=test</c>, whose administrator is <c>cn=admin</c> with the password <c>secret</c>; TLS with a certificate of its own.</summary>
public sealed class DirectoryServer : DatabaseServer
{
    private readonly string _program;

    private DirectoryServer(string program) => _program = program;

    public string Socket => Path.Combine(Folder, "ldapi");

    public string Certificate => Path.Combine(Folder, "cert.pem");

    public static async Task<DirectoryServer> StartAsync(string entries)
    {
        var server = new DirectoryServer(Require("slapd"));
        Directory.CreateDirectory(Path.Combine(server.Folder, "db"));
        await RunAsync(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", Path.Combine(server.Folder, "key.pem"), "-out", server.Certificate);
        await File.WriteAllTextAsync(server.Configuration, $"""
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include /etc/ldap/schema/inetorgperson.schema
            modulepath /usr/lib/ldap
            moduleload back_mdb
            TLSCertificateFile {server.Certificate}
            TLSCertificateKeyFile {Path.Combine(server.Folder, "key.pem")}
            authz-regexp gidNumber=[0-9]+[+]uidNumber=[0-9]+,cn=peercred,cn=external,cn=auth cn=admin,dc=example,dc=test
            database mdb
            suffix "dc=example,dc=test"
            rootdn "cn=admin,dc=example,dc=test"
            rootpw secret
            directory {Path.Combine(server.Folder, "db")}
            access to dn.subtree="ou=hidden,dc=example,dc=test" by * none
            access to * by * read

            """);
        var ldif = Path.Combine(server.Folder, "entries.ldif");
        await File.WriteAllTextAsync(ldif, entries);
        await RunAsync(server._program, "-T", "add", "-q", "-f", server.Configuration, "-l", ldif);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Stops it where it stands, as a machine that hangs; or lets it go on.</summary>
    public async Task FreezeAsync(bool isFrozen)
    {
        await RunAsync("kill", isFrozen ? "-STOP" : "-CONT", $"{ProcessId}");
        // A signal is heard by one thread after the other, and one that has not heard it yet may still answer.
        for (var tries = 0; tries < 500 && isFrozen && !Directory.EnumerateDirectories($"/proc/{ProcessId}/task").All(IsStopped); tries++) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
    }

    private static bool IsStopped(string task)
    {
        try
        {
            return File.ReadLines(Path.Combine(task, "status")).Any(line => line.StartsWith("State:\tT", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return true; // the thread is gone
        }
    }

    protected override (string Program, string[] Arguments) Command() =>
        (_program, ["-d", "0", "-f", Configuration, "-h", $"ldap://127.0.0.1:{Port}/ ldapi://{Uri.EscapeDataString(Socket)}"]);

    protected override async Task<bool> AnswersAsync()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port));
            return true;
        }
        catch (SocketException) { return false; }
    }

    private string Configuration => Path.Combine(Folder, "slapd.conf");
}
