using System.Net.Sockets;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Dovecot's auth service on a unix socket and a port: <c>alice</c> and <c>bob@example.test</c> have the password <c>pencil</c>, <c>off@example.test</c> may not log in with it.</summary>
internal sealed class DovecotAuth : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-dovecot-").FullName;
    private Daemon? _daemon;

    public int Port { get; } = RunningServer.FreePorts(1)[0];

    public string Socket => Path.Combine(_folder, "auth");

    public static async Task<DovecotAuth> StartAsync()
    {
        Command.Require("dovecot");
        if (!Environment.IsPrivilegedProcess) Assert.Skip("dovecot's master takes root");
        var dovecot = new DovecotAuth();
        await dovecot.ConfigureAsync();
        await dovecot.StartAgainAsync();
        return dovecot;
    }

    public async Task KillAsync()
    {
        await _daemon!.DisposeAsync();
        _daemon = null;
    }

    public async Task StartAgainAsync() => _daemon = await Daemon.StartAsync(
        Directory.CreateDirectory(Path.Combine(_folder, "scratch")).FullName, new UnixDomainSocketEndPoint(Socket), "dovecot", ["-F", "-c", Path.Combine(_folder, "dovecot.conf")]);

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null) await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task ConfigureAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "users"), """
            alice@example.test:{PLAIN}pencil::::::
            bob@example.test:{PLAIN}pencil::::::
            off@example.test:{PLAIN}pencil::::::nologin
            """ + "\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "dovecot.conf"), $$"""
            base_dir = {{_folder}}/run
            state_dir = {{_folder}}/state
            log_path = {{_folder}}/dovecot.log
            protocols =
            ssl = no
            auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
            auth_default_realm = example.test
            auth_failure_delay = 0
            passdb {
              driver = passwd-file
              args = {{_folder}}/users
            }
            service auth {
              unix_listener {{Socket}} {
                mode = 0666
              }
              inet_listener {
                address = 127.0.0.1
                port = {{Port}}
              }
            }
            """);
        var prepare = await Command.RunAsync("sh", ["-ec", "chmod 755 \"$1\"; mkdir -p \"$1\"/run \"$1\"/state", "sh", _folder]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }
}
