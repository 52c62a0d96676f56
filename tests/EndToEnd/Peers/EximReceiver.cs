using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Exim as a next hop: takes mail for <c>alice@exim.test</c> from those who log in with CRAM-MD5, with TLS, into a file.</summary>
internal sealed class EximReceiver : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-exim-").FullName;
    private Daemon? _daemon;

    public int Port { get; } = RunningServer.FreePorts(1)[0];

    public string Mail => File.Exists(Path.Combine(_folder, "spool", "alice")) ? File.ReadAllText(Path.Combine(_folder, "spool", "alice")) : "";

    public string Log => File.ReadAllText(Path.Combine(_folder, "log", "mainlog"));

    public static async Task<EximReceiver> StartAsync(string user, string password)
    {
        var program = Path.Combine(UnpackedPeers.Require("exim4-daemon-light"), "usr", "sbin", "exim4");
        Command.Require("openssl");
        var exim = new EximReceiver();
        await exim.ConfigureAsync(program, user, password);
        exim._daemon = await Daemon.StartAsync(exim._folder, new IPEndPoint(IPAddress.Loopback, exim.Port), program, ["-C", Path.Combine(exim._folder, "exim.conf"), "-bdf", "-q1h"]);
        return exim;
    }

    public ValueTask DisposeAsync() => _daemon!.DisposeAsync();

    private async Task ConfigureAsync(string program, string user, string password)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "exim.conf"), $$"""
            primary_hostname = exim.next.test
            exim_path = {{program}}
            spool_directory = {{_folder}}/spool
            log_file_path = {{_folder}}/log/%slog
            pid_file_path = {{_folder}}/spool/exim.pid
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {{Port}}
            keep_environment =
            host_lookup =
            rfc1413_hosts =
            never_users =
            tls_advertise_hosts = *
            tls_certificate = {{_folder}}/cert.pem
            tls_privatekey = {{_folder}}/key.pem
            log_selector = +tls_cipher +received_recipients
            acl_smtp_rcpt = rcpt
            begin acl
            rcpt:
              deny !authenticated = *
                   message = log in first
              accept local_parts = alice
                     domains = exim.test
              deny message = Unknown user
            begin routers
            here:
              driver = accept
              transport = file
            begin transports
            file:
              driver = appendfile
              file = {{_folder}}/spool/alice
              user = Debian-exim
            begin authenticators
            cram:
              driver = cram_md5
              public_name = CRAM-MD5
              server_secret = ${if eq{$auth1}{{{user}}}{{{password}}}fail}
              server_set_id = $auth1
            """ + "\n");
        var prepare = await Command.RunAsync("sh", ["-ec", """
            cd "$1"; chmod 755 .; mkdir -p spool log
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=exim.next.test -addext subjectAltName=DNS:exim.next.test -keyout key.pem -out cert.pem 2>/dev/null
            chown -R Debian-exim:Debian-exim spool log key.pem
            """, "sh", _folder]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }
}
