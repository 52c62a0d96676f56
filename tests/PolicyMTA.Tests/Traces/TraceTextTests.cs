using PolicyMTA.Commands;
using PolicyMTA.Policy;

namespace PolicyMTA.Tests.Traces;

/// <summary>How people read traces.</summary>
public sealed class TraceTextTests
{
    [Fact]
    public void Every_rule_has_a_line_with_its_place_and_verdict()
    {
        Assert.Equal(
            """
            #  session 6a.1  listener smtp  generation 0123456789ab
            client mail.good.test[192.0.2.10]  helo mail.good.test
            4dQ1  from <joe@good.test>
              RCPT <x@elsewhere.test>
                relay        permit_mynetworks          relay.js:3               dunno              12 µs
                relay        reject_unauth_destination  relay.js:4               reject 554 5.7.1   12 µs
                > 554 5.7.1 <x@elsewhere.test>: Relay access denied
              RCPT <alice@example.test>
                relay        permit_mynetworks          relay.js:3               dunno              12 µs
                relay        reject_unauth_destination  relay.js:4               dunno              12 µs
                recipient    reject_unlisted_recipient  built in                 dunno              2.5 ms
                > 250 2.1.5 Ok
              END-OF-MESSAGE
                > 250 2.0.0 Ok: queued as 4dQ1


            """.Replace("#", SampleTraces.Noon.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss"), StringComparison.Ordinal),
            Text(output => TraceText.Write(output, SampleTraces.Typical())));
    }

    [Fact]
    public void A_line_names_the_rule_that_decided()
    {
        var lines = Text(output => TraceText.WriteLines(output, SampleTraces.Typical(), refusals: false)).TrimEnd().Split('\n').Select(line => line[9..]);
        Assert.Equal(
            [
                "6a.1 4dQ1 mail.good.test[192.0.2.10] RCPT <joe@good.test> to <x@elsewhere.test>: 554 5.7.1 <x@elsewhere.test>: Relay access denied (relay: reject_unauth_destination relay.js:4)",
                "6a.1 4dQ1 mail.good.test[192.0.2.10] RCPT <joe@good.test> to <alice@example.test>: 250 2.1.5 Ok",
                "6a.1 4dQ1 mail.good.test[192.0.2.10] END-OF-MESSAGE: 250 2.0.0 Ok: queued as 4dQ1",
            ],
            lines);
        Assert.Single(Text(output => TraceText.WriteLines(output, SampleTraces.Typical(), refusals: true)).TrimEnd().Split('\n'));
    }

    [Fact]
    public void No_text_of_a_client_commands_the_terminal()
    {
        var trace = SampleTraces.Typical() with { Helo = "\u001b[2J", Decisions = [new Decision("RCPT", "a\u0007@b", "250 \u009bok", [])] };
        Assert.DoesNotContain(Text(output => { TraceText.Write(output, trace); TraceText.WriteLines(output, trace, false); }), c => char.IsControl(c) && c != '\n');
    }

    private static string Text(Action<TextWriter> write)
    {
        using var output = new StringWriter { NewLine = "\n" };
        write(output);
        return output.ToString();
    }
}
