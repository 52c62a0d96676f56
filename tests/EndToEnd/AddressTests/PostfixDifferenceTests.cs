using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.EndToEnd.AddressTests;

/// <summary>Generated messages through Postfix and through our server, with the same tables: what leaves has the same envelopes, fields and bodies.</summary>
public sealed class PostfixDifferenceTests
{
    private const int Messages = 150;

    private static readonly Dictionary<string, string> Tables = new()
    {
        ["canonical"] = "joe@corp.test joe.user@corp.test\nann ann.bare@example.test\n@old.test @new.test\nself@corp.test self@corp.test\nloopa@corp.test loopb@corp.test\nloopb@corp.test loopc@corp.test\n",
        ["sender"] = "bob@corp.test robert@corp.test\nsales+eu@corp.test europe@corp.test\nsales@corp.test vertrieb@corp.test\n",
        ["recipient"] = "carol@corp.test caroline@corp.test\n",
        ["generic"] = "robert@corp.test rob@public.test\n@new.test site@public.test\njoe.user@corp.test joe@public.test\n",
        ["virtual"] = "list@corp.test one@far.test, two@far.test joe@corp.test\nteam@corp.test list@corp.test, three@far.test\n@catch.test all@far.test\nann.bare@example.test annie@far.test\n",
        ["senderbcc"] = "robert@corp.test archive-sender@far.test\n@new.test archive-new@far.test\n",
        ["recipientbcc"] = "caroline@corp.test archive-carol@far.test\nlist@corp.test archive-list@far.test\n",
    };

    private static readonly Dictionary<string, string> Parameters = new()
    {
        ["recipient_delimiter"] = "+",
        ["canonical_maps"] = "texthash:{TABLES}/canonical",
        ["sender_canonical_maps"] = "texthash:{TABLES}/sender",
        ["recipient_canonical_maps"] = "texthash:{TABLES}/recipient",
        ["masquerade_domains"] = "!keep.corp.test, corp.test",
        ["masquerade_exceptions"] = "root, admin",
        ["virtual_alias_maps"] = "texthash:{TABLES}/virtual",
        ["virtual_alias_domains"] = "catch.test",
        ["sender_bcc_maps"] = "texthash:{TABLES}/senderbcc",
        ["recipient_bcc_maps"] = "texthash:{TABLES}/recipientbcc",
        ["always_bcc"] = "archive@far.test",
        ["smtp_generic_maps"] = "texthash:{TABLES}/generic",
    };

    private static readonly string[] Locals = ["joe", "ann", "bob", "carol", "sales", "sales+eu", "sales+us", "root", "admin", "self", "loopa", "x.y", "\"a b\"", "list", "team", "joe+x"];
    private static readonly string[] Domains = ["corp.test", "host.corp.test", "HOST.Corp.test", "deep.host.corp.test", "a.keep.corp.test", "old.test", "other.test", "corp.test.", "catch.test"];

    [Theory]
    [InlineData("permit_inet_interfaces", "")]
    [InlineData("", "")]
    [InlineData("", "domain.invalid")]
    public async Task Addresses_become_what_they_become_there(string localClients, string remoteDomain)
    {
        await using var servers = await TwoServers.StartAsync(Tables, new Dictionary<string, string>(Parameters) { ["local_header_rewrite_clients"] = localClients, ["remote_header_rewrite_domain"] = remoteDomain });
        var random = new Random(20_261_123);
        for (var n = 0; n < Messages; n++)
        {
            var sender = random.Next(10) == 0 ? "" : Envelope(random);
            string[] recipients = [.. Enumerable.Range(0, sender.Length == 0 ? 1 : random.Next(1, 4)).Select(_ => Envelope(random).TrimEnd('.'))]; // our parser takes that dot off, so that one recipient is not two
            var (theirs, ours) = await servers.SendAsync(sender, recipients, Message(random, n));
            Assert.True(theirs[..9] == ours[..9], $"{n}: {theirs} {ours} {sender} {string.Join(" ", recipients)}");
        }
        await servers.SettleAsync();
        Assert.True(servers.Theirs.Count >= Messages, servers.TheirLog);
        var isTouched = localClients.Length + remoteDomain.Length > 0;
        var (there, here) = (Told(servers.Theirs, isTouched), Told(servers.Ours, isTouched));
        Assert.True(there.SequenceEqual(here), $"only there:\n{string.Join('\n', Without(there, here).Take(5))}\nonly here:\n{string.Join('\n', Without(here, there).Take(5))}\n{there.Length} there, {here.Length} here");
    }

    /// <summary>What is more often in one than in the other.</summary>
    private static IEnumerable<string> Without(string[] some, string[] others)
    {
        var left = others.CountBy(told => told).ToDictionary();
        return some.Where(told => (left[told] = left.GetValueOrDefault(told) - 1) < 0);
    }

    private static string[] Told(IReadOnlyList<Arrival> arrivals, bool isTouched) => [.. arrivals.Select(arrival => Told(arrival, isTouched)).Order(StringComparer.Ordinal)];

    // Where fields are rewritten Postfix sets white space anew; where they are not each byte counts.
    private static string Told(Arrival arrival, bool isTouched)
    {
        var fields = arrival.Fields.Select(field => isTouched ? Regex.Replace(Regex.Replace(field, @"^((Resent-)?(Message-Id|Date)):.*", "$1", RegexOptions.Singleline), @"\s", "") : field);
        // RFC 5322 §3.6.2 wants an address with its domain; Postfix leaves this one bare.
        fields = fields.Select(field => field.EndsWith("From:MAILER-DAEMON", StringComparison.Ordinal) ? field + "@example.test" : field);
        return $"{arrival.Field("X-Tag")} from=<{arrival.Sender}> to=<{arrival.Recipient}>\n  {string.Join("\n  ", fields)}\n{arrival.Body}";
    }

    private static string Envelope(Random random)
    {
        var local = random.GetItems(Locals, 1)[0];
        return random.Next(12) == 0 ? local : $"{local}@{random.GetItems(Domains, 1)[0]}";
    }

    private static string Message(Random random, int tag)
    {
        var text = new StringBuilder();
        if (random.Next(3) > 0) text.Append("From: ").Append(Mailbox(random)).Append("\r\n");
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"X-Tag: {tag:000}\r\n");
        foreach (var name in new[] { "To", "Cc", "Reply-To", "Sender", "Errors-To", "Return-Receipt-To", "X-Other", "Resent-To", "Disposition-Notification-To" })
        {
            if (random.Next(3) == 0) text.Append(name).Append(": ").Append(List(random)).Append("\r\n");
        }
        if (random.Next(2) == 0) text.Append("Date: Mon, 23 Nov 2026 04:00:00 +0000\r\n");
        if (random.Next(2) == 0) text.Append("Message-Id: <").Append(tag).Append("@client.test>\r\n");
        return text.Append("Subject: of joe@corp.test\r\n\r\nFrom joe@corp.test to you\r\n").ToString();
    }

    private static string List(Random random)
    {
        var mailboxes = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Mailbox(random));
        return random.Next(6) == 0 ? $"friends: {string.Join(", ", mailboxes)};" : string.Join(random.Next(2) == 0 ? ", " : ",\r\n\t", mailboxes);
    }

    private static string Mailbox(Random random)
    {
        var address = (random.Next(9)) switch
        {
            0 => "bob%corp.test",
            1 => "corp.test!bob",
            2 => "joe",
            _ => Envelope(random),
        };
        return random.Next(6) switch
        {
            0 => address,
            1 => $"<{address}>",
            2 => $"Joe User <{address}>",
            3 => $"\"User, Joe\" <{address}>",
            4 => $"{address} (Joe's comment)",
            _ => $"=?utf-8?q?J=C3=BCrgen?= <{address}>",
        };
    }
}
