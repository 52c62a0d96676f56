using Microsoft.Extensions.Time.Testing;
using PolicyMTA.Delivery.Local;
using PolicyMTA.Delivery.Mailboxes;
using PolicyMTA.Delivery.Tests.Support;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Tests.Local;

/// <summary>The transport <c>local</c> with users whose homes lie in a temporary folder. As root they have ids of their own, else ours.</summary>
internal sealed class LocalOffice : IAsyncDisposable
{
    private const UnixFileMode Open = (UnixFileMode)0b111_101_101;

    private readonly TemporaryFolder _folder = new();
    private readonly FileThreads _threads = new(2);
    private readonly Dictionary<string, UserAccount> _users = new(StringComparer.Ordinal);
    private readonly LocalTransport _transport;

    public LocalOffice(Func<LocalSettings, LocalSettings>? change = null, FakeClasses? classes = null, string delimiter = "+")
    {
        File.SetUnixFileMode(_folder.Path, Open);
        foreach (var (name, id) in new[] { ("alice", 20001u), ("bob", 20002u), ("carol", 20003u) }) AddUser(name, id);
        // Commands need a user that the system knows.
        _users["nobody"] = IsRoot ? UserAccounts.OfSystem.Find("nobody")! : new UserAccount(Environment.UserName, UserRights.OwnId, 0, "/", "/bin/sh");
        var accounts = new UserAccounts(name => _users.GetValueOrDefault(name), id => _users.Values.FirstOrDefault(user => user.Id == id) ?? new UserAccount("root", 0, 0, "/root", "/bin/sh"));
        _transport = new LocalTransport(accounts, _threads, Post.Mail, Clock, Log.CreateLogger("local"));
        var settings = new LocalSettings { HomeMailbox = "Maildir/", AliasMaps = [AliasSource.OfFile("hash:aliases", AliasPath, mayBeMissing: false)] };
        File.WriteAllText(AliasPath, "");
        var local = (change ?? (same => same))(settings);
        Generation = new DeliveryGeneration
        {
            Hash = "test",
            Settings = new DeliverySettings { MyHostname = "mx.example.test", MyOrigin = "example.test", LocalTransport = "local", RecipientDelimiter = delimiter, Local = local },
            Addresses = (classes ?? new FakeClasses(("example.test", AddressClass.Local))).With(delimiter),
        };
    }

    public static bool IsRoot => UserRights.OwnId == 0;

    public FakeTimeProvider Clock { get; } = new(Post.Arrived);
    public LineLog Log { get; } = new();
    public DeliveryGeneration Generation { get; private set; }
    public string AliasPath => Path.Combine(_folder.Path, "aliases");
    public List<(string Route, QueuedRecipient Recipient)> Passed { get; } = [];

    public string At(string name) => Path.Combine(_folder.Path, name);

    public string Home(string user) => _users[user].Home;

    public UserAccount User(string name) => _users[name];

    public void Change(Func<LocalSettings, LocalSettings> change) => Generation = Generation with { Settings = Generation.Settings with { Local = change(Generation.Settings.Local) } };

    public void Aliases(string text) => File.WriteAllText(AliasPath, text.ReplaceLineEndings("\n"));

    public string Write(string name, string text, int mode = 0b110_100_100)
    {
        File.WriteAllText(At(name), text);
        File.SetUnixFileMode(At(name), (UnixFileMode)mode);
        return At(name);
    }

    public string WriteForward(string user, string text, string name = ".forward", int mode = 0b110_100_100)
    {
        var path = Path.Combine(Home(user), name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        Own(path, _users[user].Id);
        return path;
    }

    /// <summary>A folder that anybody may write in.</summary>
    public string PublicFolder(string name)
    {
        Directory.CreateDirectory(At(name));
        File.SetUnixFileMode(At(name), (UnixFileMode)0b111_111_111);
        return At(name);
    }

    public void Own(string path, uint user)
    {
        if (!IsRoot) return;
        using var change = System.Diagnostics.Process.Start("chown", ["-h", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{user}:{user}"), path]);
        change.WaitForExit();
        Assert.Equal(0, change.ExitCode);
    }

    public async Task<RecipientOutcome> SendAsync(string recipient, QueuedMessage? message = null, Func<QueuedRecipient, QueuedRecipient>? change = null)
    {
        var one = Post.To(recipient)[0];
        var sending = _transport.DeliverAsync(new DeliveryRequest(message ?? Post.Message(), [change?.Invoke(one) ?? one], "example.test"), Generation, PassAsync, CancellationToken.None).AsTask();
        // A lock may still be held by a process that another test is just starting, until it runs its program: who waits for the lock waits for the clock.
        for (var patience = 30; patience > 0 && await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System)) != sending; patience--) Clock.Advance(TimeSpan.FromSeconds(1));
        return (await sending.WaitAsync(TimeSpan.FromSeconds(1)))[0];
    }

    public async Task<RecipientOutcome> ProbeAsync(string recipient) =>
        await _transport.ProbeAsync(new DeliveryRequest(Post.Message("\n"), Post.To(recipient), "example.test"), Generation, CancellationToken.None);

    /// <summary>Delivers what goes on here in the place of a recipient, and that in turn.</summary>
    public async Task<List<string>> FollowAsync(RecipientOutcome outcome)
    {
        var ends = new List<string>();
        foreach (var successor in outcome.Successors)
        {
            var message = new QueuedMessage { Id = successor.Id, Arrived = Post.Arrived, Sender = successor.Sender, Mail = successor.Mail, Origin = successor.Origin, Content = new MemoryContent(Bytes(successor)) };
            foreach (var recipient in successor.Recipients)
            {
                var route = await Delivery.Routing.Router.FindAsync(Generation, successor.Sender, recipient, CancellationToken.None);
                if (route.Transport != "local")
                {
                    ends.Add($"{recipient.Address} {route.Transport}");
                    continue;
                }
                var next = (await _transport.DeliverAsync(new DeliveryRequest(message, [recipient], ""), Generation, PassAsync, CancellationToken.None))[0];
                if (next.Successors.Count > 0) ends.AddRange(await FollowAsync(next));
                else ends.Add($"{recipient.Address} {next.Text}");
            }
        }
        return ends;
    }

    public static byte[] Bytes(NewMessage message) => [.. message.Head.Span, .. message.Content.Memory!.Value.Span];

    /// <summary>The messages in a user's maildir.</summary>
    public IReadOnlyList<string> Mail(string user) => Messages(Path.Combine(Home(user), "Maildir"));

    public static IReadOnlyList<string> Messages(string maildir) => Directory.Exists(maildir) ? [.. Directory.EnumerateFiles(Path.Combine(maildir, "new")).Order().Select(File.ReadAllText)] : [];

    public async ValueTask DisposeAsync()
    {
        await _threads.DisposeAsync();
        _folder.Dispose();
    }

    private void AddUser(string name, uint id)
    {
        var home = Directory.CreateDirectory(At(name)).FullName;
        _users[name] = new UserAccount(name, IsRoot ? id : UserRights.OwnId, IsRoot ? id : 0, home, "/bin/sh");
        Own(home, id);
    }

    private ValueTask<RecipientOutcome> PassAsync(QueuedMessage message, QueuedRecipient recipient, string route, CancellationToken cancellationToken)
    {
        Passed.Add((route, recipient));
        return new(new RecipientOutcome { Recipient = recipient.Number, Action = DeliveryAction.Delivered, Status = new EnhancedStatus(2, 0, 0), Text = "passed", Relay = "other" });
    }
}
