namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Exim as a sender: passes mail on to one host with TLS and a login, in a folder of its own.</summary>
internal sealed class EximSender : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policymta-exim-").FullName;
    private readonly string _program;

    private EximSender(string program) => _program = program;

    public string Log => File.ReadAllText(Path.Combine(_folder, "log", "mainlog"));

    public static async Task<EximSender> CreateAsync(int port, string user, string password)
    {
        var exim = new EximSender(Path.Combine(UnpackedPeers.Require("exim4-daemon-light"), "usr", "sbin", "exim4"));
        await exim.ConfigureAsync(port, user, password);
        return exim;
    }

    /// <summary>Takes a message into its queue.</summary>
    public async Task QueueAsync(string sender, string recipient, string message)
    {
        var result = await Command.RunAsync(_program, ["-C", Configuration, "-odq", "-oi", "-f", sender, recipient], message);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    /// <summary>Runs its queue once, in the foreground: messages to one host go over one connection.</summary>
    public async Task RunQueueAsync()
    {
        var result = await Command.RunAsync(_program, ["-C", Configuration, "-qqf"]);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Configuration => Path.Combine(_folder, "exim.conf");

    private async Task ConfigureAsync(int port, string user, string password)
    {
        await File.WriteAllTextAsync(Configuration, $"""
            primary_hostname = exim.client.test
            exim_path = {_program}
            spool_directory = {_folder}/spool
            log_file_path = {_folder}/log/%slog
            keep_environment =
            host_lookup =
            tls_advertise_hosts =
            never_users =
            deliver_drop_privilege = false
            begin routers
            all:
              driver = manualroute
              route_list = * 127.0.0.1 byname
              self = send
              transport = remote
            begin transports
            remote:
              driver = smtp
              port = {port}
              allow_localhost
              hosts_require_tls = *
              hosts_require_auth = *
              tls_tempfail_tryclear = false
              tls_verify_certificates =
              tls_verify_hosts =
              tls_try_verify_hosts =
              hosts_try_chunking = *
            begin retry
            * * F,1h,1m
            begin authenticators
            plain:
              driver = plaintext
              public_name = PLAIN
              client_send = ^{user}^{password}
            """ + "\n");
        var prepare = await Command.RunAsync("sh", ["-ec", "chmod 755 \"$1\"; mkdir -p \"$1\"/spool \"$1\"/log; chown -R Debian-exim:Debian-exim \"$1\"/spool \"$1\"/log", "sh", _folder]);
        Assert.True(prepare.ExitCode == 0, prepare.Errors);
    }
}
