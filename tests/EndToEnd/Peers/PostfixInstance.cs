using System.Diagnostics;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>A Postfix of its own in a folder: takes mail on a port and passes everything on to a relay host, with TLS and a login.</summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-postfix-").FullName;
    private readonly string _root;
    private Process? _master;

    private PostfixInstance(string root) => (_root, Port) = (root, RunningServer.FreePorts(1)[0]);

    public int Port { get; }

    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(_folder, "mail.log");

    /// <summary>Starts it; parameters of its main.cf stand in <paramref name="parameters"/>, and replace those here.</summary>
    public static async Task<PostfixInstance> StartAsync(int relayPort, string user, string password, string parameters = "", Nameserver? nameserver = null)
    {
        var postfix = new PostfixInstance(UnpackedPeers.Require("postfix"));
        await postfix.ConfigureAsync(relayPort, user, password, parameters);
        postfix.Start(nameserver);
        return postfix;
    }

    public async ValueTask DisposeAsync()
    {
        if (_master is { HasExited: false })
        {
            _master.Kill(entireProcessTree: true);
            await _master.WaitForExitAsync();
        }
        _master?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Waits until it takes connections.</summary>
    public async Task UntilItAnswersAsync()
    {
        for (var patience = 200; ; patience--)
        {
            try
            {
                await using var connection = await SmtpConnection.OpenAsync(Port);
                return;
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
            {
                Assert.True(patience > 0, Log);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private async Task ConfigureAsync(int relayPort, string user, string password, string parameters)
    {
        var etc = Directory.CreateDirectory(Path.Combine(_folder, "etc")).FullName;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await File.WriteAllTextAsync(Path.Combine(etc, "passwords"), $"[127.0.0.1]:{relayPort} {user}:{password}\n");
        await File.WriteAllTextAsync(Path.Combine(etc, "main.cf"), Merged($"""
            compatibility_level = 3.7
            queue_directory = {_folder}/spool
            data_directory = {_folder}/data
            daemon_directory = {_root}/usr/lib/postfix/sbin
            command_directory = {_root}/usr/sbin
            shlib_directory = {_root}/usr/lib/postfix
            meta_directory = {etc}
            import_environment = MAIL_CONFIG LANG=C LD_LIBRARY_PATH={_root}/usr/lib/postfix
            export_environment = MAIL_CONFIG LANG LD_LIBRARY_PATH
            maillog_file = {LogFile}
            maillog_file_prefixes = {_folder}
            myhostname = relay.client.test
            mydestination =
            local_recipient_maps =
            alias_maps =
            alias_database =
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mynetworks = 127.0.0.0/8
            smtpd_peername_lookup = no
            smtpd_recipient_restrictions = permit_mynetworks, reject
            smtpd_tls_security_level = none
            relayhost = [127.0.0.1]:{relayPort}
            smtp_tls_security_level = encrypt
            smtp_sasl_auth_enable = yes
            smtp_sasl_password_maps = texthash:{etc}/passwords
            smtp_sasl_security_options = noanonymous
            smtp_sasl_mechanism_filter = plain
            smtp_host_lookup = native
            smtp_destination_concurrency_limit = 1
            smtp_connection_cache_destinations = [127.0.0.1]:{relayPort}
            smtp_tls_connection_reuse = yes
            """, parameters));
        await File.WriteAllTextAsync(Path.Combine(etc, "master.cf"), $"""
            127.0.0.1:{Port} inet n - n - - smtpd
            postlog unix-dgram n - n - 1 postlogd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            smtp unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            tlsproxy unix - - n - 0 tlsproxy
            showq unix n - n - - showq
            """ + "\n");
        var prepare = await Command.RunAsync("sh", ["-ec", """
            cd "$1"; mkdir -p spool data; chown postfix data
            cd spool; for d in active bounce corrupt defer deferred flush hold incoming private saved trace; do mkdir -p $d; chown postfix $d; chmod 700 $d; done
            mkdir -p pid maildrop public; chown postfix:postdrop maildrop public; chmod 1730 maildrop; chmod 2710 public
            """, "sh", _folder]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }

    // A parameter that stands there twice makes each program warn of it, on the standard error that nobody reads.
    private static string Merged(string own, string given)
    {
        var names = given.Split('\n').Select(NameOf).ToHashSet(StringComparer.Ordinal);
        return string.Join('\n', own.Split('\n').Where(line => !names.Contains(NameOf(line))).Append(given)) + "\n";
    }

    private static string NameOf(string line) => line.Split('=')[0].Trim();

    private void Start(Nameserver? nameserver)
    {
        var master = Path.Combine(_root, "usr/lib/postfix/sbin/master");
        string[] command = [.. nameserver?.CommandFor(master) ?? [master], "-c", Path.Combine(_folder, "etc"), "-d"];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        start.Environment["LD_LIBRARY_PATH"] = Path.Combine(_root, "usr/lib/postfix");
        start.Environment["MAIL_CONFIG"] = Path.Combine(_folder, "etc");
        _master = Process.Start(start)!;
    }
}
