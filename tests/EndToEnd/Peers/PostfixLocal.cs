using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Postfix with its local(8): mail for <c>mx.test</c> by an alias file, into maildirs of a spool folder.</summary>
internal sealed class PostfixLocal : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly string _folder;

    private PostfixLocal(Daemon daemon, string folder, int port) => (_daemon, _folder, Port) = (daemon, folder, port);

    public int Port { get; }

    public string Log => File.Exists(Path.Combine(_folder, "mail.log")) ? File.ReadAllText(Path.Combine(_folder, "mail.log")) : "";

    /// <summary>Whether its queue is empty.</summary>
    public bool IsIdle => ((string[])["incoming", "active", "deferred"]).All(name => !Directory.EnumerateFiles(Path.Combine(_folder, "spool", name), "*", SearchOption.AllDirectories).Any());

    /// <summary>Starts it.</summary>
    /// <param name="aliases">The alias file; its compiled form is put beside it.</param>
    /// <param name="parameters">Of its main.cf, over those here.</param>
    public static async Task<PostfixLocal> StartAsync(string aliases, string parameters)
    {
        var root = UnpackedPeers.Require("postfix");
        var folder = Directory.CreateTempSubdirectory("policymta-postfix-").FullName;
        var port = RunningServer.FreePorts(1)[0];
        await ConfigureAsync(root, folder, port, aliases, parameters);
        var etc = Path.Combine(folder, "etc");
        var daemon = await Daemon.StartAsync(folder, new IPEndPoint(IPAddress.Loopback, port), Path.Combine(root, "usr/lib/postfix/sbin/master"), ["-c", etc, "-d"],
            ("LD_LIBRARY_PATH", Path.Combine(root, "usr/lib/postfix")), ("MAIL_CONFIG", etc));
        return new PostfixLocal(daemon, folder, port);
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    private static async Task ConfigureAsync(string root, string folder, int port, string aliases, string parameters)
    {
        var etc = Directory.CreateDirectory(Path.Combine(folder, "etc")).FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(etc, "main.cf"), $"""
            compatibility_level = 3.7
            queue_directory = {folder}/spool
            data_directory = {folder}/data
            daemon_directory = {root}/usr/lib/postfix/sbin
            command_directory = {root}/usr/sbin
            shlib_directory = {root}/usr/lib/postfix
            meta_directory = {etc}
            import_environment = MAIL_CONFIG LANG=C LD_LIBRARY_PATH={root}/usr/lib/postfix
            export_environment = MAIL_CONFIG LANG LD_LIBRARY_PATH
            maillog_file = {folder}/mail.log
            maillog_file_prefixes = {folder}
            myhostname = mx.test
            mydestination = mx.test
            local_recipient_maps =
            alias_maps = hash:{aliases}
            alias_database = hash:{aliases}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            smtpd_peername_lookup = no
            smtpd_recipient_restrictions = reject_unauth_destination
            default_transport = error:outside
            biff = no
            """ + "\n" + parameters + "\n");
        await File.WriteAllTextAsync(Path.Combine(etc, "master.cf"), $"""
            127.0.0.1:{port} inet n - n - - smtpd
            postlog unix-dgram n - n - 1 postlogd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            local unix - n n - - local
            error unix - - n - - error
            retry unix - - n - - error
            anvil unix - - n - 1 anvil
            """ + "\n");
        var prepare = await Command.RunAsync("sh", ["-ec", """
            cd "$1"; mkdir -p spool data; chown postfix data
            cd spool; for d in active bounce corrupt defer deferred flush hold incoming private saved trace; do mkdir -p $d; chown postfix $d; chmod 700 $d; done
            mkdir -p pid maildrop public; chown postfix:postdrop maildrop public; chmod 1730 maildrop; chmod 2710 public
            LD_LIBRARY_PATH="$2/usr/lib/postfix" "$2/usr/sbin/postalias" -c "$1/etc" "hash:$3"
            """, "sh", folder, root, aliases]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }
}
