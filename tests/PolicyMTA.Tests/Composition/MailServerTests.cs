using System.Net;
using System.Net.Sockets;
using PolicyMTA.Composition;
using PolicyMTA.Tests.Generations;

namespace PolicyMTA.Tests.Composition;

public sealed class MailServerTests : IAsyncDisposable
{
    private readonly Site _site = new();
    private const string UsesHelo = "import { restrictions as r } from 'policymta';\nexport default [r.reject_invalid_helo_hostname()];\n";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private MailServer? _server;

    [Fact]
    public async Task A_server_greets_its_clients_and_takes_mail_to_a_mailbox()
    {
        await StartAsync();
        await using var client = await ClientAsync();
        Assert.Equal("220 mx.example.test ESMTP PolicyMTA", await client.ReadAsync());
        await client.SayAsync("EHLO client.example", "250");
        await client.SayAsync("MAIL FROM:<joe@client.example>", "250 2.1.0");
        await client.SayAsync("RCPT TO:<alice@example.test>", "250 2.1.5");
        await client.SayAsync("DATA", "354");
        await client.SayAsync("Subject: hello\r\n\r\nHow are you?\r\n.", "250 2.0.0 Ok: queued as");
        await client.SayAsync("QUIT", "221 2.0.0");
        var mailbox = _site.File("mail/example.test/alice/new");
        await WaitAsync(() => Directory.Exists(mailbox) && Directory.GetFiles(mailbox).Length == 1);
        Assert.Contains("How are you?", await File.ReadAllTextAsync(Directory.GetFiles(mailbox)[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stranger_may_not_relay()
    {
        await StartAsync();
        await using var client = await ClientAsync();
        await client.ReadAsync();
        await client.SayAsync("EHLO client.example", "250");
        await client.SayAsync("MAIL FROM:<joe@client.example>", "250");
        await client.SayAsync("RCPT TO:<bob@elsewhere.example>", "554 5.7.1 <bob@elsewhere.example>: Relay access denied");
    }

    [Fact]
    public async Task A_reload_changes_what_the_next_client_reads_and_keeps_the_port()
    {
        await StartAsync();
        var before = Endpoint();
        _site.Configure("smtpd_banner = \"$myhostname changed\"");
        var result = await _server!.ReloadAsync(now: false, Stop);
        Assert.Empty(result.Errors);
        Assert.Equal(before, Endpoint());
        await using var client = await ClientAsync();
        Assert.Equal("220 mx.example.test changed", await client.ReadAsync());
    }

    [Fact]
    public async Task A_connection_stays_open_over_a_reload()
    {
        await StartAsync();
        await using var client = await ClientAsync();
        await client.ReadAsync();
        _site.Configure("soft_bounce = true");
        Assert.True((await _server!.ReloadAsync(now: true, Stop)).Succeeded);
        await client.SayAsync("NOOP", "250 2.0.0");
    }

    [Fact]
    public async Task A_port_in_use_is_told_with_its_place()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        _site.Write("policymta.toml", $"[listeners.smtp]\naddress = \"127.0.0.1:{port}\"\n");
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Null(result.Server);
        Assert.Equal($"{_site.File("policymta.toml")}:2:11: listener 'smtp' can't listen on 127.0.0.1:{port}: another program listens there", Assert.Single(result.Errors).ToString());
    }

    [Fact]
    public async Task A_folder_that_can_t_be_made_is_told_by_its_name()
    {
        _site.Write("file", "in the way");
        _site.Configure("", "[queue]\nfolder = \"file/queue\"");
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        var error = Assert.Single(result.Errors);
        Assert.Equal(_site.File("file/queue"), error.File);
        Assert.StartsWith("this folder can't be written: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_and_history_are_their_owner_s_alone()
    {
        Directory.CreateDirectory(_site.File(".generations"), OwnerOnly | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await StartAsync();
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_site.File("queue")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_site.File(".generations")));
        var history = new DirectoryInfo(_site.File(".generations")).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).ToList();
        Assert.Contains(history, f => f.Name == "policymta.toml");
        Assert.All(history, f => Assert.Equal(f is DirectoryInfo ? OwnerOnly : UnixFileMode.UserRead | UnixFileMode.UserWrite, f.UnixFileMode));
    }

    [Fact]
    public async Task A_queue_folder_that_others_can_read_is_closed_to_them()
    {
        Directory.CreateDirectory(_site.File("queue"), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await StartAsync();
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_site.File("queue")));
    }

    [Fact]
    public void Zero_is_no_limit_of_a_destination()
    {
        _site.Configure("default_destination_concurrency_limit = 0\ndefault_destination_recipient_limit = 0");
        var settings = QueueSlice.Of(_site.Configuration);
        Assert.Equal((int.MaxValue, int.MaxValue), (settings.DefaultLimits.DestinationConcurrency, settings.DefaultLimits.DestinationRecipients));
    }

    [Theory]
    [InlineData("", 2, 1)]
    [InlineData("local_destination_recipient_limit = 7", 2, 7)]
    [InlineData("local_destination_concurrency_limit = 5", 5, 1)]
    public void Local_users_are_destinations_of_two_deliveries_to_one_recipient(string line, int concurrency, int recipients)
    {
        _site.Configure(line);
        var limits = QueueSlice.Of(_site.Configuration).TransportLimits["local"];
        Assert.Equal((concurrency, recipients), (limits.DestinationConcurrency, limits.DestinationRecipients));
    }

    [Fact]
    public async Task A_socket_that_a_killed_server_left_is_taken_over()
    {
        _site.Write("policymta.toml", "[listeners.smtp]\naddress = \"unix:smtp\"\n");
        // A socket that is closed deletes its file, unless that has another name by then.
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(_site.File("bound")));
            File.Move(_site.File("bound"), _site.File("smtp"));
        }
        Assert.True(File.Exists(_site.File("smtp")));
        await StartAsync();
    }

    [Fact]
    public async Task A_socket_that_somebody_listens_on_is_left_alone()
    {
        _site.Write("policymta.toml", "[listeners.smtp]\naddress = \"unix:smtp\"\n");
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(_site.File("smtp")));
        other.Listen();
        Assert.Single((await MailServer.StartAsync(_site.Configuration, _site.Options, Stop)).Errors);
        Assert.True(File.Exists(_site.File("smtp")));
    }

    [Fact]
    public async Task A_start_with_a_mistake_lets_everything_go()
    {
        _site.Policy("data.js", "export default [");
        Assert.NotEmpty((await MailServer.StartAsync(_site.Configuration, _site.Options, Stop)).Errors);
        _site.Policy("data.js", "export default [];");
        await StartAsync();
    }

    [Fact]
    public async Task A_table_can_be_asked()
    {
        await StartAsync();
        Assert.Equal("example.test/alice/", (await _server!.LookUpAsync("texthash:mailboxes", "Alice@Example.test", Stop)).Value);
    }

    [Fact]
    public async Task A_check_tells_mistakes_without_a_start()
    {
        Assert.True((await MailServer.CheckAsync(_site.Configuration, _site.Options, Stop)).Succeeded);
        _site.Configure("virtual_alias_maps = \"none:\"");
        Assert.Single((await MailServer.CheckAsync(_site.Configuration, _site.Options, Stop)).Errors);
        Assert.False(Directory.Exists(_site.File("queue")));
    }

    [Fact]
    public async Task A_restriction_whose_plugin_was_taken_away_refuses_the_reload()
    {
        _site.CopyProgram();
        _site.Policy("helo.js", UsesHelo);
        await StartAsync();
        Directory.Delete(_site.File("program/plugins/restrictions/Helo"), recursive: true);
        var error = Assert.Single((await _server!.ReloadAsync(now: false, Stop)).Errors);
        Assert.Equal(("policies/helo.js", 2), (error.File, error.Line));
        Assert.Contains(_server.Plugins(), p => p.Name == "PolicyMTA.Restrictions.Helo" && !p.IsLetGo);
    }

    [Fact]
    public async Task A_plugin_that_was_taken_away_leaves_memory_when_nobody_holds_it()
    {
        _site.CopyProgram();
        _site.Policy("helo.js", UsesHelo);
        await StartAsync();
        var session = await ClientAsync();
        await session.ReadAsync();
        await session.SayAsync("EHLO bad_name!", "250");
        await session.SayAsync("MAIL FROM:<joe@client.example>", "250");
        await session.SayAsync("RCPT TO:<alice@example.test>", "501 5.5.2 <bad_name!>: Helo command rejected: Invalid name");
        Directory.Delete(_site.File("program/plugins/restrictions/Helo"), recursive: true);
        _site.Policy("helo.js", "export default [];");
        Assert.Empty((await _server!.ReloadAsync(now: true, Stop)).Errors);
        await session.SayAsync("RSET", "250");
        await session.SayAsync("QUIT", "221");
        await session.DisposeAsync();
        await WaitAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return _server.Plugins().All(p => p.Name != "PolicyMTA.Restrictions.Helo");
        });
    }

    [Fact]
    public async Task Milters_are_named_and_a_name_that_nobody_has_is_an_error_with_its_place()
    {
        _site.Configure("smtpd_milters = [\"spf\", \"dmarc\"]\nnon_smtpd_milters = \"spf\"");
        await StartAsync();
        await using var client = await ClientAsync();
        await client.ReadAsync();
        await client.SayAsync("EHLO client.example", "250");
        await client.SayAsync("MAIL FROM:<joe@client.example>", "250");
        _site.Configure("smtpd_milters = [\"spv\"]");
        var error = Assert.Single((await _server!.ReloadAsync(now: false, Stop)).Errors);
        Assert.Contains("there is no milter 'spv'; did you mean 'spf'?", error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0);
        await client.SayAsync("RCPT TO:<alice@example.test>", "250");
    }

    [Fact]
    public async Task Dmarc_is_a_milter_that_refuses_at_the_end_of_the_message()
    {
        _site.Configure("smtpd_milters = [\"spf\", \"dmarc\"]\nmynetworks = []", "[plugins.\"PolicyMTA.Filters.Dmarc\"]\nignore_hosts = []\nreject_failures = true");
        await StartAsync();
        await using var client = await ClientAsync();
        await client.ReadAsync();
        await client.SayAsync("EHLO client.example", "250");
        await client.SayAsync("MAIL FROM:<joe@client.example>", "250");
        await client.SayAsync("RCPT TO:<alice@example.test>", "250");
        await client.SayAsync("DATA", "354");
        // More authors than are looked up: no DNS is asked.
        var authors = string.Join(",\r\n ", Enumerable.Range(0, 17).Select(number => $"a@d{number}.test"));
        await client.SayAsync($"From: {authors}\r\n\r\nHello\r\n.", "550 5.7.1 Command rejected");
    }

    [Fact]
    public async Task A_watched_change_comes_in_force_by_itself()
    {
        _site.Configure("watch = true");
        await StartAsync();
        var before = _server!.Hash;
        _site.Policy("helo.js", "export default [];");
        await WaitAsync(() => _server.Hash != before);
    }

    [Fact]
    public async Task Watching_starts_with_the_reload_that_asks_for_it()
    {
        await StartAsync();
        _site.Configure("watch = true");
        Assert.Empty((await _server!.ReloadAsync(now: false, Stop)).Errors);
        var before = _server.Hash;
        _site.Policy("helo.js", "export default [];");
        await WaitAsync(() => _server.Hash != before);
    }

    [Fact]
    public async Task A_start_that_is_called_off_says_so_and_lets_everything_go()
    {
        using var off = new CancellationTokenSource();
        await off.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MailServer.StartAsync(_site.Configuration, _site.Options, off.Token));
        await StartAsync();
    }

    [Fact]
    public async Task A_reload_that_is_refused_leaves_new_ports_free()
    {
        await StartAsync();
        var port = FreePort();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        _site.Configure("", $"[listeners.new]\naddress = \"127.0.0.1:{port}\"\n[listeners.taken]\naddress = \"127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}\"");
        Assert.Single((await _server!.ReloadAsync(now: false, Stop)).Errors);
        using var free = new TcpListener(IPAddress.Loopback, port);
        free.Start();
        Assert.Single(_server.Endpoints);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _site.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task StartAsync()
    {
        var result = await MailServer.StartAsync(_site.Configuration, _site.Options, Stop);
        Assert.Empty(result.Errors);
        _server = result.Server;
    }

    private IPEndPoint Endpoint() => (IPEndPoint)_server!.Endpoints.Single().Address;

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task<LineClient> ClientAsync() => await LineClient.ConnectAsync(Endpoint(), Stop);

    private static async Task WaitAsync(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "it did not happen in time");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Stop);
        }
    }
}
