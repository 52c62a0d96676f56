using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Postfix as a next hop: takes mail for <c>alice@postfix.test</c> with a certificate of <c>mx.postfix.test</c>, into a Maildir.</summary>
internal sealed class PostfixReceiver : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-postfix-").FullName;
    private Daemon? _daemon;

    public int Port { get; } = RunningServer.FreePorts(1)[0];

    public string Certificate => Path.Combine(_folder, "cert.pem");

    public string Log => File.Exists(Path.Combine(_folder, "mail.log")) ? File.ReadAllText(Path.Combine(_folder, "mail.log")) : "";

    /// <summary>The messages of the mailbox, once there is one.</summary>
    public async Task<string> MailAsync()
    {
        var folder = Path.Combine(_folder, "mail", "alice", "new");
        for (var patience = 200; patience > 0; patience--)
        {
            if (Directory.Exists(folder) && Directory.GetFiles(folder) is { Length: > 0 } files) return string.Concat(files.Select(File.ReadAllText));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
        throw new TimeoutException(Log);
    }

    public static async Task<PostfixReceiver> StartAsync()
    {
        var root = UnpackedPeers.Require("postfix");
        Command.Require("openssl");
        var postfix = new PostfixReceiver();
        await postfix.ConfigureAsync(root);
        postfix._daemon = await Daemon.StartAsync(postfix._folder, new IPEndPoint(IPAddress.Loopback, postfix.Port), Path.Combine(root, "usr/lib/postfix/sbin/master"), ["-c", Path.Combine(postfix._folder, "etc"), "-d"],
            ("LD_LIBRARY_PATH", Path.Combine(root, "usr/lib/postfix")), ("MAIL_CONFIG", Path.Combine(postfix._folder, "etc")));
        return postfix;
    }

    public ValueTask DisposeAsync() => _daemon!.DisposeAsync();

    private async Task ConfigureAsync(string root)
    {
        var etc = Directory.CreateDirectory(Path.Combine(_folder, "etc")).FullName;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(etc, "main.cf"), $$"""
            compatibility_level = 3.7
            queue_directory = {{_folder}}/spool
            data_directory = {{_folder}}/data
            daemon_directory = {{root}}/usr/lib/postfix/sbin
            command_directory = {{root}}/usr/sbin
            shlib_directory = {{root}}/usr/lib/postfix
            meta_directory = {{etc}}
            import_environment = MAIL_CONFIG LANG=C LD_LIBRARY_PATH={{root}}/usr/lib/postfix
            export_environment = MAIL_CONFIG LANG LD_LIBRARY_PATH
            maillog_file = {{_folder}}/mail.log
            maillog_file_prefixes = {{_folder}}
            myhostname = mx.postfix.test
            mydestination =
            local_recipient_maps =
            alias_maps =
            alias_database =
            virtual_mailbox_domains = postfix.test
            virtual_mailbox_maps = inline:{ alice@postfix.test=alice/ }
            virtual_mailbox_base = {{_folder}}/mail
            virtual_minimum_uid = 1
            virtual_uid_maps = static:8
            virtual_gid_maps = static:8
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            smtpd_peername_lookup = no
            message_size_limit = 100000
            smtpd_recipient_restrictions = reject_unauth_destination
            smtpd_tls_security_level = encrypt
            smtpd_tls_cert_file = {{_folder}}/cert.pem
            smtpd_tls_key_file = {{_folder}}/key.pem
            smtpd_tls_loglevel = 1
            """);
        await File.WriteAllTextAsync(Path.Combine(etc, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
            postlog unix-dgram n - n - 1 postlogd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            virtual unix - n n - - virtual
            error unix - - n - - error
            anvil unix - - n - 1 anvil
            """ + "\n");
        var prepare = await Command.RunAsync("sh", ["-ec", """
            cd "$1"; mkdir -p spool data mail; chown postfix data; chown 8:8 mail
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=mx.postfix.test -addext subjectAltName=DNS:mx.postfix.test -keyout key.pem -out cert.pem 2>/dev/null
            cd spool; for d in active bounce corrupt defer deferred flush hold incoming private saved trace; do mkdir -p $d; chown postfix $d; chmod 700 $d; done
            mkdir -p pid maildrop public; chown postfix:postdrop maildrop public; chmod 1730 maildrop; chmod 2710 public
            """, "sh", _folder]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }
}
