using System.Text;
using System.Text.RegularExpressions;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Sdk;
using PolicyMTA.Smtp;

namespace PolicyMTA.Receiving.Tests.Checks;

public sealed class ContentCheckerTests
{
    private const string Plain = "Subject: hello\r\nX-One: 1\r\n\r\nfirst\r\nsecond\r\n";

    [Theory]
    [InlineData("^X-One: PREPEND X-Two: 2", "Subject: hello\r\nX-Two: 2\r\nX-One: 1\r\n\r\nfirst\r\nsecond\r\n")]
    [InlineData("^X-One: REPLACE X-Two: 2", "Subject: hello\r\nX-Two: 2\r\n\r\nfirst\r\nsecond\r\n")]
    [InlineData("^X-One: IGNORE", "Subject: hello\r\n\r\nfirst\r\nsecond\r\n")]
    [InlineData("^X-One: STRIP of no use", "Subject: hello\r\n\r\nfirst\r\nsecond\r\n")]
    [InlineData("^second PREPEND between", "Subject: hello\r\nX-One: 1\r\n\r\nfirst\r\nbetween\r\nsecond\r\n")]
    [InlineData("^second REPLACE third", "Subject: hello\r\nX-One: 1\r\n\r\nfirst\r\nthird\r\n")]
    [InlineData("^first IGNORE", "Subject: hello\r\nX-One: 1\r\n\r\nsecond\r\n")]
    [InlineData("^Subject PASS", Plain)]
    [InlineData("^Subject DUNNO", Plain)]
    [InlineData("^Subject WARN it is said", Plain)]
    [InlineData("^Subject INFO", Plain)]
    [InlineData("^X-One: REPLACE no field", Plain)]
    [InlineData("^X-One: PREPEND", Plain)]
    [InlineData("^X-One: NONSENSE", Plain)]
    public async Task Message_becomes(string rule, string expected) => Assert.Equal(expected, (await CheckAsync(Plain, rule)).Content);

    [Theory]
    [InlineData("REJECT", "550 5.7.1 message content rejected")]
    [InlineData("REJECT not here", "550 5.7.1 not here")]
    [InlineData("REJECT 5.6.9 not here", "550 5.6.9 not here")]
    [InlineData("reject 4.7.0 not now", "451 4.7.0 not now")]
    public async Task Message_is_refused(string action, string expected)
    {
        var refusal = (await CheckAsync(Plain, "^second " + action)).Findings.Refusal;
        Assert.Equal(expected, $"{refusal!.Code} {refusal.Status} {refusal.Text}");
    }

    [Fact]
    public async Task Findings_are_told()
    {
        var findings = (await CheckAsync(Plain, "^Subject HOLD look at it", "^X-One FILTER smtp:[127.0.0.1]:10025", "^first BCC copy@example.test", "^second REDIRECT other@example.test")).Findings;
        Assert.Equal(("look at it", "smtp:[127.0.0.1]:10025", "other@example.test"), (findings.Hold!.Reason, findings.Filter, findings.Redirect!.ToString()));
        Assert.Equal("copy@example.test", Assert.Single(findings.Copies).ToString());
        Assert.True((await CheckAsync(Plain, "^first DISCARD")).Findings.IsDiscarded);
    }

    [Fact]
    public async Task Content_is_not_in_the_log()
    {
        var logged = (await CheckAsync("Subject: secret word\r\n\r\nsecret too\r\n", "^Subject WARN found", "secret WARN found")).Logged;
        Assert.Equal(["warning: header Subject: found", "warning: body: found"], logged);
    }

    [Fact]
    public async Task Folded_field_is_one_and_its_lines_are_parted_by_line_feeds() =>
        Assert.Equal("X: y\r\n\r\n", (await CheckAsync("Subject: a\r\n\tb\r\n\r\n", "^Subject: a\\n\\tb$ REPLACE X: y")).Content);

    [Theory]
    [InlineData("header", "Subject IGNORE", "Subject: in")]
    [InlineData("mime", "Content-Type: text IGNORE", "Content-Type: text/plain")]
    [InlineData("nested", "Subject: in IGNORE", "Subject: in")]
    public async Task Each_header_section_has_its_checks(string which, string rule, string gone)
    {
        const string Message = "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n--b b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ny\r\n--b b--\r\n";
        ILookupTable[] table = [new RuleTable(["^" + rule])];
        var settings = which switch
        {
            "header" => new ContentCheckSettings { HeaderChecks = table },
            "mime" => new ContentCheckSettings { MimeHeaderChecks = table },
            _ => new ContentCheckSettings { NestedHeaderChecks = table },
        };
        var expected = which == "header" ? Message : Message.Replace(gone + "\r\n", "", StringComparison.Ordinal);
        Assert.Equal(expected, (await CheckAsync(Message, settings)).Content);
    }

    [Theory]
    [InlineData(7, "first\r\nX\r\n")] // the empty line counts as one byte, and "first" as six
    [InlineData(8, "first\r\n")]
    public async Task Body_is_looked_at_up_to_its_limit(int limit, string expected)
    {
        var settings = new ContentCheckSettings { BodyChecks = [new RuleTable(["^X IGNORE"])], BodyChecksSizeLimit = limit };
        Assert.EndsWith("\r\n\r\n" + expected, (await CheckAsync("Subject: x\r\n\r\nfirst\r\nX\r\n", settings)).Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public async Task Nesting_has_a_limit(int limit, bool isRefused)
    {
        var message = string.Concat(Enumerable.Range(0, 3).Select(n => $"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
        var settings = new ContentCheckSettings { HeaderChecks = [new RuleTable([])], Mime = new MimeLimits { Nesting = limit } };
        Assert.Equal(isRefused, (await CheckAsync(message, settings)).Findings.Refusal is not null);
    }

    [Fact]
    public async Task Broken_table_is_a_temporary_failure() =>
        await Assert.ThrowsAsync<TemporaryFailureException>(() => CheckAsync(Plain, new ContentCheckSettings { BodyChecks = [new RuleTable([]) { IsBroken = true }] }));

    [Fact]
    public async Task Without_a_match_every_message_stays_as_it_is()
    {
        var random = new Random(11);
        string[] pieces = ["Content-Type: multipart/mixed; boundary=a\r\n", "--a\r\n", "--a--\r\n", "\r\n", "x", " y", "\r\n", "Subject: z\r\n", "Content-Type: message/rfc822\r\n", ":", "\t\"(\\", "From x\r\n", new string('q', 3000)];
        for (var n = 0; n < 3000; n++)
        {
            var message = string.Concat(random.GetItems(pieces, random.Next(0, 30)));
            var all = new RuleTable(["^never$ IGNORE"]);
            var checks = new ContentCheckSettings { HeaderChecks = [all], MimeHeaderChecks = [all], NestedHeaderChecks = [all], BodyChecks = [all] };
            Assert.Equal(message, (await CheckAsync(message, checks)).Content);
            var changed = new RuleTable(["^Subject IGNORE"]);
            var settings = new ContentCheckSettings { HeaderChecks = [changed], NestedHeaderChecks = [changed], MimeHeaderChecks = [changed], BodyChecks = [changed] };
            var once = (await CheckAsync(message, settings)).Content;
            Assert.True(once.Length <= message.Length, "taking away makes nothing longer");
        }
    }

    private static Task<(string Content, ContentFindings Findings, List<string> Logged)> CheckAsync(string message, params string[] rules)
    {
        ILookupTable[] table = [new RuleTable(rules)];
        return CheckAsync(message, new ContentCheckSettings { HeaderChecks = table, MimeHeaderChecks = table, NestedHeaderChecks = table, BodyChecks = table });
    }

    private static async Task<(string Content, ContentFindings Findings, List<string> Logged)> CheckAsync(string message, ContentCheckSettings settings)
    {
        var content = new MemoryContent();
        await content.WriteAsync(Encoding.Latin1.GetBytes(message), CancellationToken.None);
        await using var reception = new MessageReception(content, BareNewline.Normalize, 0);
        var logged = new List<string>();
        var checker = new ContentChecker(settings, reception, () => new MemoryContent(), TimeProvider.System, (action, place, text) => logged.Add($"{action}: {place}: {text}"));
        await checker.RunAsync(CancellationToken.None);
        return (Encoding.Latin1.GetString(reception.Content.Memory!.Value.Span), checker.Findings, logged);
    }

    /// <summary>Patterns with what to do behind their first space that is followed by a capital word.</summary>
    private sealed class RuleTable(IReadOnlyList<string> rules) : ILookupTable
    {
        public bool IsBroken { get; init; }

        public bool FoldsKeys => false;

        public ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
        {
            if (IsBroken) return new(LookupResult.Failed("down"));
            foreach (var rule in rules)
            {
                var split = Regex.Match(rule, "^(.*?) ((?:[A-Z]{3,}|reject)(?: .*)?)$");
                if (Regex.IsMatch(key, split.Groups[1].Value)) return new(LookupResult.Found(split.Groups[2].Value));
            }
            return new(LookupResult.None);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
