using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Tests;

public sealed class StoreTests
{
    private const int Large = 200_000;

    [Fact]
    public async Task Everything_of_a_message_survives_a_restart()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var message = await Messages.NewAsync(server.Queue, "\"a b\"@one.example", ["b@two.example"]) with
        {
            Mail = new MailParameters { Size = 5, Body = BodyType.EightBitMime, SmtpUtf8 = true, RequireTls = true, Ret = Ret.Headers, EnvelopeId = "e+1", Auth = "<>" },
            Origin = new MessageOrigin { Kind = OriginKind.Local, Client = "localhost[::1]", Helo = "ü", SaslUser = "alice", Protocol = "ESMTPSA", Generation = "abc" },
            Recipients = [new QueuedRecipient
            {
                Number = 0, Address = new Address("b@c", ""), Original = Address.FromInternal("o@p"), RouteOverride = "smtp:[h]:26", State = RecipientState.Held, HoldName = "q", LastText = "why it is held",
                Parameters = new RecipientParameters { Notify = Notify.Success | Notify.Delay, OriginalRecipient = "rfc822;o@p" },
            }],
        };

        await server.SendAsync(message);
        await server.RestartAsync(isRunning: false);
        var entry = (await server.Queue.Administration.FindAsync(message.Id, default))!;

        Assert.Equal((message.Sender, message.Mail, message.Origin), (entry.Sender, entry.Mail, entry.Origin));
        var (before, after) = (message.Recipients[0], Assert.Single(entry.Recipients));
        Assert.Equal(before with { Due = after.Due, Destination = after.Destination }, after);
        Assert.Equal("Received: by us\r\nSubject: x\r\n\r\nhello\r\n", await Messages.ReadAsync((await server.Queue.Administration.ReadContentAsync(message.Id, default))!));
        Assert.Equal(38, entry.Size);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public async Task Content_of_any_size_is_read_back(int size)
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var bytes = Messages.Bytes(size, size);
        var id = await server.SendAsync(await Messages.NewAsync(server.Queue, "a@b", ["c@d"], bytes, head: ""));
        await server.RestartAsync(isRunning: false);

        var content = (await server.Queue.Administration.ReadContentAsync(id, default))!;

        Assert.Equal(size, content.Length);
        Assert.Equal(System.Text.Encoding.Latin1.GetString(bytes), await Messages.ReadAsync(content));
        Assert.Equal(size > 65_536 ? 1 : 0, SpoolFiles(server).Length);
    }

    [Fact]
    public async Task Large_message_is_delivered_and_its_spool_file_removed()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.SendAsync(await Messages.NewAsync(server.Queue, "a@b", ["c@d"], Messages.Bytes(Large, 1)));

        Assert.Equal(Large + 17, (await server.Deliverer.NextAsync()).Text.Length);
        await server.UntilGoneAsync(id);

        await TestServer.UntilAsync(() => Task.FromResult(SpoolFiles(server).Length == 0));
    }

    [Fact]
    public async Task Folders_of_the_spool_are_there_before_the_first_file()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);

        Assert.Equal(256, Directory.GetDirectories(Path.Combine(server.Folder, "spool")).Length);
    }

    [Fact]
    public async Task Content_that_is_not_committed_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await using (var content = server.Queue.CreateContent())
        {
            await content.WriteAsync(Messages.Bytes(Large, 1), default);
            Assert.Single(SpoolFiles(server));
        }

        Assert.Empty(SpoolFiles(server));
    }

    [Fact]
    public async Task Orphaned_spool_file_is_collected_at_the_next_start()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var kept = await server.SendAsync(await Messages.NewAsync(server.Queue, "a@b", ["c@d"], Messages.Bytes(Large, 1)));
        await server.Queue.CreateContent().WriteAsync(Messages.Bytes(Large, 2), default);
        Assert.Equal(2, SpoolFiles(server).Length);

        await server.RestartAsync(isRunning: false);

        Assert.Single(SpoolFiles(server));
        Assert.NotNull(await server.Queue.Administration.ReadContentAsync(kept, default));
    }

    [Theory]
    [InlineData("UPDATE body SET bytes = zeroblob(length(bytes))", 10)]
    [InlineData("DELETE FROM body", 10)]
    [InlineData("UPDATE message SET head = 'X'", 10)]
    [InlineData("UPDATE message SET metadata = '{'", 10)]
    [InlineData("UPDATE message SET arrived = -9223372036854775808", 10)]
    [InlineData("UPDATE recipient SET due = -9223372036854775808", 10)]
    [InlineData("UPDATE recipient SET extras = '{'", 10)]
    [InlineData("UPDATE message SET spool = 'no/where'", Large)]
    [InlineData("UPDATE message SET hash = hash + 1", Large)]
    public async Task Damaged_message_is_set_aside_and_others_are_delivered(string damage, int size)
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var damaged = await server.SendAsync(await Messages.NewAsync(server.Queue, "a@b", ["c@d"], Messages.Bytes(size, 1)));
        await server.Queue.DisposeAsync();
        Execute(server, damage);

        await server.RestartAsync();
        var sound = await server.SendAsync("a@b", "c@d");
        await server.UntilGoneAsync(sound);

        await server.UntilStateAsync(damaged, RecipientState.Corrupt);
        Assert.Equal(1, server.Deliverer.Count);
        Assert.Equal(1, (await server.Queue.Administration.CountAsync(default))[RecipientState.Corrupt]);
    }

    [Fact]
    public async Task Message_that_lost_its_name_is_set_aside_and_can_be_deleted()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await server.SendAsync("a@b", "c@d");
        await server.Queue.DisposeAsync();
        Execute(server, "UPDATE message SET name = 'x'");

        await server.RestartAsync();
        await server.UntilGoneAsync(await server.SendAsync("a@b", "c@d"));

        Assert.Equal(1, (await server.Queue.Administration.CountAsync(default))[RecipientState.Corrupt]);
        Assert.Equal(1, await server.Queue.Administration.DeleteAsync(null, QueueFilter.All, default));
        Assert.Equal(1, server.Deliverer.Count);
    }

    [Fact]
    public async Task Statement_left_in_the_middle_begins_anew_with_its_next_values()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        using var database = new Storage.Database(Path.Combine(server.Folder, "other.db"));
        using var statement = database.Prepare("SELECT ?1 UNION ALL SELECT ?1 + 1");
        Assert.True(statement.Bind(1, 1).Read());

        Assert.True(statement.Bind(1, 7).Read());

        Assert.Equal(7, statement.Number(0));
    }

    [Fact]
    public async Task Newer_schema_is_refused_with_its_version()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await server.Queue.DisposeAsync();
        Execute(server, "UPDATE schema SET version = 99");

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(async () => await OpenAsync(server.Settings));
        Assert.Contains("schema version 99", refusal.Message, StringComparison.Ordinal);
        Execute(server, "UPDATE schema SET version = 1");
    }

    [Fact]
    public async Task Queue_has_one_owner()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(async () => await OpenAsync(server.Settings));

        Assert.Contains("another process", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_can_not_be_used_is_named()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "");

        var refusal = await Assert.ThrowsAsync<ConfigurationException>(async () => await OpenAsync(new QueueSettings { Folder = file }));

        Assert.StartsWith(file, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_of_the_files_at_any_moment_holds_all_that_was_acknowledged()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        var acknowledged = new List<QueueId>();
        for (var round = 0; round < 20; round++)
        {
            acknowledged.AddRange(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.SendAsync("a@b", "c@d"))));
            using var copy = CopyOf(server.Folder);
            await using var queue = await OpenAsync(new QueueSettings { Folder = copy.Path });
            foreach (var id in acknowledged) Assert.NotNull(await queue.Administration.ReadContentAsync(id, default));
        }
    }

    [Fact]
    public async Task Id_that_was_given_out_is_never_given_again_after_a_crash_although_nothing_was_committed()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        await server.SendAsync("a@b", "c@d");
        using var first = CopyOf(server.Folder);
        await using var crashed = await OpenAsync(first, server.Time);
        var given = crashed.NextId();

        using var second = CopyOf(first.Path);
        await using var queue = await OpenAsync(second, server.Time);
        Assert.True(queue.NextId().CompareTo(given) > 0);
    }

    [Fact]
    public async Task Nothing_fits_below_the_free_space_that_must_stay()
    {
        await using var server = await TestServer.StartAsync(isRunning: false);
        Assert.True(server.Queue.HasRoomFor(1000));

        server.Queue.Apply(server.Settings with { MinFree = long.MaxValue / 2 });

        Assert.False(server.Queue.HasRoomFor(0));
    }

    internal static async Task<MessageQueue> OpenAsync(QueueSettings settings) => await MessageQueue.OpenAsync(settings, TimeProvider.System, NullLoggerFactory.Instance, default);

    private static ValueTask<MessageQueue> OpenAsync(TemporaryFolder folder, TimeProvider time) => MessageQueue.OpenAsync(new QueueSettings { Folder = folder.Path, Node = "test" }, time, NullLoggerFactory.Instance, default);

    /// <summary>What a crash leaves at this moment.</summary>
    private static TemporaryFolder CopyOf(string folder)
    {
        var copy = new TemporaryFolder();
        foreach (var name in (string[])["queue.db", "queue.db-wal"]) File.Copy(Path.Combine(folder, name), Path.Combine(copy.Path, name));
        return copy;
    }

    private static string[] SpoolFiles(TestServer server) => Directory.GetFiles(Path.Combine(server.Folder, "spool"), "*", SearchOption.AllDirectories);

    private static void Execute(TestServer server, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(server.Folder, "queue.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.NotEqual(0, command.ExecuteNonQuery());
    }
}
