using System.Net;
using System.Text;
using System.Text.Json;
using PolicyMTA.Policy.Recording;
using PolicyMTA.Policy.Shadow;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary>Sessions are written down, and other policies are asked the same.</summary>
public sealed class RecordingTests
{
    private const string Outside = """
        export default [async function outside({ lookup, dns, dnsbl, rate, distinct, greylist, counter, verify_address, http, now, random, recipient }) {
          const facts = [await lookup('vip', recipient.address), (await dns.a('one.test')).join(), (await dns.mx('one.test'))[0].host, (await dnsbl('bl.test', '192.0.2.10')).listed,
            (await rate('k', '2/h')).used, await distinct('d', recipient.address, '1h'), (await greylist('g', { delay: '5m' })).wait, await counter('c').add(2), await verify_address('x@one.test'),
            (await http('judge', { a: [1] })).word, now(), Date.now(), new Date().getTime(), random(), Math.random()];
          return reject(facts.join(' '));
        }];
        """;

    [Fact]
    public async Task What_rules_learn_from_outside_is_part_of_it()
    {
        var recorder = new ListRecorder();
        await using var bench = World(recorder);
        bench.Stage("recipient", Outside);
        var live = (await bench.RcptAsync()).Refusal!.Text;
        bench.Time.Advance(TimeSpan.FromMinutes(7));
        Assert.NotEqual(live, (await bench.RcptAsync()).Refusal!.Text);
        await bench.EndSessionAsync();
        Assert.Contains("deliverable", live, StringComparison.Ordinal);

        // Nobody answers any more: what is known comes from the recording.
        await using var empty = Silent();
        empty.Stage("recipient", Outside);
        var result = await ReplayAsync(empty, Assert.Single(recorder.Sessions));
        Assert.Equal((2, 0), (result.Questions, result.Missed));
        Assert.Empty(result.Differences);
    }

    [Fact]
    public async Task A_rule_that_decides_otherwise_is_named_with_what_it_says()
    {
        var recorder = new ListRecorder();
        await using var bench = World(recorder);
        bench.Stage("recipient", "export default [function bob({ recipient }) { if (recipient.local === 'bob') return reject('not bob'); }];");
        await bench.RcptAsync("alice@example.test");
        await bench.RcptAsync("bob@example.test");
        await bench.EndSessionAsync();

        await using var other = new Bench();
        other.Stage("recipient", "export default [function ally({ recipient }) { if (recipient.local === 'alice') return defer('later'); }];");
        var result = await ReplayAsync(other, recorder.Sessions[0]);
        Assert.Equal(
        [
            new ReplayDifference(Question.Recipient, "from=<joe@good.test> to=<alice@example.test>", "accept", "450 4.7.1 <alice@example.test>: Recipient address rejected: later", null, "ally recipient.js:1"),
            new ReplayDifference(Question.Recipient, "from=<joe@good.test> to=<bob@example.test>", "554 5.7.1 <bob@example.test>: Recipient address rejected: not bob", "accept", "bob recipient.js:1", null),
        ], result.Differences);
    }

    [Fact]
    public async Task Restrictions_are_not_asked_again_and_what_they_found_is_there()
    {
        var recorder = new ListRecorder();
        var asked = 0;
        await using var bench = World(recorder);
        Restrict(bench);
        const string Text = "export default [r.finds('a'), ({ results }) => reject(results.spf?.result ?? 'unknown')];";
        bench.Stage("sender", Text);
        Assert.Contains("softfail", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        await bench.EndSessionAsync();
        Assert.Equal(1, asked);

        await using var same = new Bench();
        Restrict(same);
        same.Stage("sender", Text);
        Assert.Empty((await ReplayAsync(same, recorder.Sessions[0])).Differences);
        Assert.Equal(1, asked);

        // One that was not asked then is asked now.
        await using var other = new Bench();
        Restrict(other);
        other.Stage("sender", Text.Replace("'a'", "'b'", StringComparison.Ordinal));
        Assert.Empty((await ReplayAsync(other, recorder.Sessions[0])).Differences);
        Assert.Equal(2, asked);

        void Restrict(Bench on) => on.Restriction<SenderContext>("finds", arguments =>
        {
            arguments.Text(0, "a name");
            return new FakeRestriction<SenderContext>((c, _) =>
            {
                asked++;
                c.Results.Add(new AuthenticationResult("spf", "softfail"));
                return new(Verdict.Dunno);
            });
        });
    }

    [Fact]
    public async Task What_failed_and_what_never_came_is_so_again()
    {
        var recorder = new ListRecorder();
        await using var bench = World(recorder);
        var table = new FakeTable(_ => LookupResult.Failed("down")) { Gate = new TaskCompletionSource() };
        bench.Tables.Tables["slow"] = table;
        bench.Tables.Tables["down"] = new FakeTable(_ => LookupResult.Failed("down"));
        const string Text = "export default [async ({ lookup, recipient }) => { try { await lookup('down', 'x'); } catch (e) { if (recipient.local == 'alice') return reject(e.message); } await lookup('slow', 'x'); }];";
        bench.Stage("recipient", Text);
        Assert.Contains("a lookup failed for now", (await bench.RcptAsync()).Refusal!.Text, StringComparison.Ordinal);
        var asked = bench.RcptAsync("bob@example.test");
        for (var ticks = 0; !asked.IsCompleted; ticks++)
        {
            Assert.True(ticks < 100_000);
            bench.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        Assert.Equal(451, (await asked).Refusal!.Code);
        await bench.EndSessionAsync();

        await using var same = Silent();
        same.Stage("recipient", Text);
        var result = await ReplayAsync(same, recorder.Sessions[0]);
        Assert.Empty(result.Differences);
        Assert.Equal(2, result.Questions);
    }

    [Fact]
    public async Task Every_question_can_be_asked_again()
    {
        var recorder = new ListRecorder { Max = 1 << 20 };
        await using var bench = World(recorder);
        bench.DelayReject = false;
        const string everywhere = "export default [c => reject(JSON.stringify(['client', 'helo', 'tls', 'sasl', 'session', 'sender', 'mail', 'recipient', 'recipients', 'message', 'user', 'address', 'domain', 'attempt', 'results'].map(n => [n, c[n], c[n]?.counters, c[n]?.text?.(), c[n]?.headers])))];";
        foreach (var stage in (string[])["client", "helo", "sender", "recipient", "data", "end_of_data", "etrn", "auth", "vrfy", "local_submission"]) bench.Stage(stage, everywhere);
        bench.Facts = bench.Facts with
        {
            Client = bench.Facts.Client with { Address = IPAddress.Parse("2001:db8::7"), Port = 99, IsInMyNetworks = true, ProxiedBy = IPAddress.Parse("192.0.2.200") },
            Tls = new Tls { Version = "TLSv1.3", Cipher = "X", Bits = 256, ServerName = "mx", Certificate = new ClientCertificate("a", "b", "C", "D", true) },
            Sasl = new Sasl("joe", "PLAIN"), IsUnderStress = true, HasPipelinedWithoutLeave = true,
        };
        bench.Facts.Counters.CountMessage();
        bench.Facts.Counters.CountRecipient(accepted: false);
        bench.Transaction = bench.Transaction with { Number = 3, GivenSender = new Address("Joe", ""), Mail = new MailParameters { Size = 7, Body = BodyType.EightBitMime, EnvelopeId = "e" }, QueueId = new QueueId("4abc") };
        bench.Transaction.Results.Add(new AuthenticationResult("dkim", "pass") { Properties = [new("header.d", "good.test")], IsPublished = false });
        var token = TestContext.Current.CancellationToken;
        var (session, recipients) = (bench.Session, new List<Recipient> { new() { Address = new Address("a", "b.test"), Extension = "x", Class = AddressClass.Relay, Parameters = new RecipientParameters { Notify = Notify.Delay | Notify.Failure, OriginalRecipient = "rfc822;x" } } });
        var message = new FakeMessage("From: a\r\nSubject: hällo\r\n\r\nbödy\r\n");
        var asked = 0;
        foreach (var refusal in new[]
        {
            (await session.ClientAsync(new ClientContext(bench.Facts), token)).Refusal, (await session.HeloAsync(new HeloContext(bench.Facts), token)).Refusal,
            (await session.SenderAsync(new SenderContext(bench.Facts, bench.Transaction), token)).Refusal, (await session.RecipientAsync(new RecipientContext(bench.Facts, bench.Transaction, recipients[0]), token)).Refusal,
            (await session.AdviseAsync(new RecipientContext(bench.Facts, bench.Transaction, recipients[0]), token)).Refusal, (await session.DataAsync(new DataContext(bench.Facts, bench.Transaction, recipients), token)).Refusal,
            (await session.EndOfDataAsync(new EndOfDataContext(bench.Facts, bench.Transaction, recipients, message), token)).Refusal,
            (await session.EndOfDataAsync(new EndOfDataContext(bench.Facts, bench.Transaction, recipients, message), answersEach: true, token)).Refusal,
            await session.EtrnAsync(new EtrnContext(bench.Facts, "b.test"), token), await session.AuthAsync(new AuthContext(bench.Facts, new LoginFacts("PLAIN", "joe", LoginResult.Failed)), token),
            await session.VrfyAsync(new VrfyContext(bench.Facts, new Address("a", "b.test")), token),
            (await session.LocalSubmissionAsync(new LocalSubmissionContext(bench.Facts, bench.Transaction, recipients, message, new LocalUser(1000, "joe")), token)).Refusal,
        })
        {
            Assert.NotNull(refusal);
            asked++;
        }
        await bench.EndSessionAsync();

        await using var same = new Bench { DelayReject = false };
        foreach (var stage in (string[])["client", "helo", "sender", "recipient", "data", "end_of_data", "etrn", "auth", "vrfy", "local_submission"]) same.Stage(stage, everywhere);
        var result = await ReplayAsync(same, recorder.Sessions[0]);
        Assert.DoesNotContain(same.Logger.Lines, l => l.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Empty(result.Differences);
        Assert.Equal((Enum.GetValues<Question>().Length, 0), (result.Questions, result.Missed));
        Assert.Equal(asked, result.Questions);
    }

    [Theory]
    [InlineData(26, 1, 0)]
    [InlineData(25, 0, 1)]
    public async Task A_body_that_is_too_long_is_left_out_and_nothing_is_claimed_of_who_reads_it(int longest, int differences, int missed)
    {
        var recorder = new ListRecorder { Max = longest };
        await using var bench = World(recorder);
        bench.Stage("end_of_data", "export default [({ message }) => { message.text(); }];");
        await bench.EndOfDataAsync(new FakeMessage("From: a\r\n\r\nfifteen bytes\r\n"), "a@example.test");
        await bench.EndSessionAsync();
        await using var other = new Bench();
        other.Stage("end_of_data", "export default [({ message }) => reject(message.text())];");
        var result = await ReplayAsync(other, recorder.Sessions[0]);
        Assert.Equal((differences, missed), (result.Differences.Count, result.Missed));
    }

    [Fact]
    public async Task A_session_that_is_too_large_is_kept_as_far_as_there_is_room()
    {
        var recorder = new ListRecorder { LongestSession = 4000 };
        await using var bench = World(recorder);
        bench.Stage("recipient", "export default [() => reject('no')];");
        for (var n = 0; n < 100; n++) await bench.RcptAsync($"r{n}@example.test");
        await bench.EndSessionAsync();
        var session = Assert.Single(recorder.Sessions);
        Assert.True(session.IsCut);
        Assert.InRange(session.Parts[0].Questions.Count, 2, 50);
        Assert.Empty((await ReplayAsync(bench, session)).Differences);
    }

    [Fact]
    public async Task It_goes_on_over_a_change_of_policies()
    {
        var recorder = new ListRecorder();
        const string Text = "export default [({ session, random }) => { session.vars.n = (session.vars.n ?? 0) + 1; return reject(`${session.vars.n} ${random()}`); }];";
        await using var bench = World(recorder);
        bench.Stage("recipient", Text);
        await bench.RcptAsync();
        bench.Session.EndTransaction();
        var next = bench.Start(bench.Session.Vars);
        await bench.EndSessionAsync();
        Assert.Empty(recorder.Sessions);
        await next.RecipientAsync(bench.Recipient(), TestContext.Current.CancellationToken);
        await next.DisposeAsync();
        var session = Assert.Single(recorder.Sessions);
        Assert.Equal(2, session.Parts.Count);
        Assert.Empty((await ReplayAsync(bench, session)).Differences);
    }

    [Fact]
    public async Task A_session_that_began_unrecorded_stays_so_and_one_without_questions_is_none()
    {
        var recorder = new ListRecorder { IsWanted = false };
        await using var bench = World(recorder);
        bench.Stage("recipient", "export default [];");
        await bench.RcptAsync();
        recorder.IsWanted = true;
        await bench.RcptAsync();
        await using (bench.Start(bench.Session.Vars)) await bench.EndSessionAsync();
        await using (bench.Start())
        {
        }
        Assert.Empty(recorder.Sessions);
    }

    [Fact]
    public async Task Ten_thousand_sessions_make_no_difference_and_a_changed_rule_makes_its_own()
    {
        var random = new Random(11);
        var (sessions, changed) = (0, 0);
        for (var set = 0; set < 50; set++)
        {
            var files = ShadowTests.Set(random);
            var recorder = new ListRecorder();
            await using var bench = ShadowTests.Make(files, null);
            bench.Sessions = recorder;
            bench.Seed = random.Next;
            for (var n = 0; n < 200; n++)
            {
                await ShadowTests.PlayAsync(bench, random.Next());
                await bench.EndSessionAsync();
                bench.Time.Advance(TimeSpan.FromSeconds(random.Next(100)));
            }
            sessions += recorder.Sessions.Count;

            await using var same = ShadowTests.Make(files, null);
            var other = new Dictionary<string, string>(files, StringComparer.Ordinal) { ["data"] = "export default [function newRule({ recipients }) { return reject('changed'); }];" };
            await using var different = ShadowTests.Make(other, null);
            foreach (var session in recorder.Sessions)
            {
                Assert.Empty((await ReplayAsync(same, session)).Differences);
                var differences = (await ReplayAsync(different, session)).Differences;
                var expected = session.Parts.SelectMany(p => p.Questions).Count(q => q.Asked == Question.Data && q.Decision.Refusal is not { Code: 554, Text: "<DATA>: Data command rejected: changed" });
                Assert.True(expected == differences.Count(d => d.WouldBy == "newRule data.js:1"), string.Join("\n", differences) + "\n" + string.Join("\n", files));
                // What the new rule keeps from session.vars and scores is seen later in the session; nothing else is.
                Assert.All(differences.Where(d => d.Asked == Question.Data), d => Assert.EndsWith("changed", d.Would, StringComparison.Ordinal));
                changed += expected;
            }
        }
        Assert.Equal(10_000, sessions);
        Assert.True(changed > 10_000);
    }

    [Fact]
    public async Task A_line_that_is_no_session_is_refused()
    {
        var recorder = new ListRecorder();
        await using var bench = World(recorder);
        bench.Stage("recipient", Outside);
        await bench.RcptAsync();
        await bench.EndSessionAsync();
        var good = RecordingJson.Write(recorder.Sessions[0]);
        var random = new Random(3);
        for (var n = 0; n < 2000; n++)
        {
            var bad = good.ToArray();
            for (var changes = random.Next(1, 4); changes > 0; changes--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0) bad = bad[..random.Next(bad.Length)];
            try
            {
                await ReplayAsync(bench, RecordingJson.Read(bad));
            }
            catch (JsonException)
            {
                // Refused.
            }
        }
        foreach (var text in (string[])["", "null", "7", "[]", "{}", "{\"id\":\"a\"}", """{"id":"a","began":"2026-01-01T00:00:00Z","client":"c","parts":[null]}"""]) Assert.Throws<JsonException>(() => RecordingJson.Read(Encoding.UTF8.GetBytes(text)));
    }

    private static async Task<ReplayResult> ReplayAsync(Bench bench, RecordedSession session)
    {
        var loaded = bench.Load();
        Assert.Empty(loaded.Errors);
        // As from the file.
        return await new PolicyReplay(loaded.Policies!).PlayAsync(RecordingJson.Read(RecordingJson.Write(session)), TestContext.Current.CancellationToken);
    }

    /// <summary>Everything is there, and nobody answers.</summary>
    private static Bench Silent()
    {
        var bench = new Bench { Verifier = new Deliverable(), Endpoints = new Judge() };
        foreach (var name in (string[])["vip", "slow", "down"]) bench.Tables.Tables[name] = new FakeTable(_ => throw new InvalidOperationException("asked"));
        return bench;
    }

    private static Bench World(ISessionRecorder recorder)
    {
        var bench = new Bench { Sessions = recorder, Verifier = new Deliverable(), Endpoints = new Judge() };
        bench.Tables.Tables["vip"] = new FakeTable(key => LookupResult.Found("gold " + key));
        bench.Dns.Ipv4["one.test"] = new DnsAnswer<IPAddress>(DnsStatus.Found, [IPAddress.Parse("192.0.2.1")]);
        bench.Dns.Ipv4["10.2.0.192.bl.test"] = new DnsAnswer<IPAddress>(DnsStatus.Found, [IPAddress.Parse("127.0.0.2")]);
        return bench;
    }

    private sealed class ListRecorder : ISessionRecorder
    {
        public List<RecordedSession> Sessions { get; } = [];

        public bool IsWanted { get; set; } = true;

        public long Max { get; init; } = 1 << 20;

        public long LongestBody => Max;

        public long LongestSession { get; init; } = 1 << 20;

        public void Take(RecordedSession session) => Sessions.Add(session);
    }

    private sealed class Deliverable : IAddressVerifier
    {
        public ValueTask<AddressVerification> VerifyAsync(Address address, bool isUnderStress, CancellationToken cancellationToken) => new(new AddressVerification(AddressStanding.Deliverable, ""));
    }

    private sealed class Judge : IPolicyEndpoints
    {
        public ValueTask<string> CallAsync(string name, string request, CancellationToken cancellationToken) => new($$"""{"word":"{{name}} {{request.Length}}"}""");

        public void Tell(string name, string data)
        {
        }

        public void Count(string name, double value)
        {
        }
    }
}
