using System.Net.Sockets;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Dovecot's LMTP server on a unix socket: <c>alice</c> has room, <c>full</c> has none, nobody else exists.</summary>
internal sealed class DovecotLmtp : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-dovecot-").FullName;
    private Daemon? _daemon;

    public string Socket => Path.Combine(_folder, "lmtp");

    public string MailOf(string user) =>
        Directory.Exists(Path.Combine(_folder, "mail", user, "new")) ? string.Concat(Directory.EnumerateFiles(Path.Combine(_folder, "mail", user, "new")).Select(File.ReadAllText)) : "";

    public static async Task<DovecotLmtp> StartAsync()
    {
        Command.Require("dovecot");
        if (!Environment.IsPrivilegedProcess) Assert.Skip("dovecot's master takes root");
        var dovecot = new DovecotLmtp();
        await dovecot.ConfigureAsync();
        dovecot._daemon = await Daemon.StartAsync(dovecot._folder, new UnixDomainSocketEndPoint(dovecot.Socket), "dovecot", ["-F", "-c", Path.Combine(dovecot._folder, "dovecot.conf")]);
        return dovecot;
    }

    public ValueTask DisposeAsync() => _daemon!.DisposeAsync();

    private async Task ConfigureAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "users"), """
            alice@dovecot.test:::::::
            full@dovecot.test:::::::userdb_quota_rule=*:bytes=10
            """ + "\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "dovecot.conf"), $$"""
            base_dir = {{_folder}}/run
            state_dir = {{_folder}}/state
            log_path = {{_folder}}/dovecot.log
            protocols = lmtp
            ssl = no
            first_valid_uid = 1
            mail_uid = mail
            mail_gid = mail
            mail_home = {{_folder}}/mail/%n
            mail_location = maildir:{{_folder}}/mail/%n
            mail_plugins = quota
            plugin {
              quota = count:User quota
              quota_vsizes = yes
              quota_grace = 0
            }
            passdb {
              driver = passwd-file
              args = {{_folder}}/users
            }
            userdb {
              driver = passwd-file
              args = {{_folder}}/users
            }
            service lmtp {
              unix_listener {{_folder}}/lmtp {
                mode = 0666
              }
            }
            """);
        var prepare = await Command.RunAsync("sh", ["-ec", "chmod 755 \"$1\"; mkdir -p \"$1\"/mail \"$1\"/run \"$1\"/state; chown mail:mail \"$1\"/mail", "sh", _folder]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }
}
