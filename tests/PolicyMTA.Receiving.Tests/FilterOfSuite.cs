namespace PolicyMTA.Receiving.Tests;

/// <summary>What the filters of the suite of milter behaviours do, by their folder and by the local part of an address. One per session.</summary>
internal sealed class FilterOfSuite(string folder)
{
    private readonly List<string> _recipients = [];
    private string _sender = "";
    private bool _isLoggedIn;

    /// <summary>The answer to a packet; null goes on.</summary>
    internal string[]? Decide(string packet) => packet[0] switch
    {
        'D' => Macros(packet),
        'M' => Mail(Local(packet)),
        'R' => Recipient(Local(packet)),
        'E' => End(),
        _ => null,
    };

    private string[]? Macros(string packet)
    {
        if (packet[1] == 'M') _isLoggedIn = packet.Contains("{auth_authen}|", StringComparison.Ordinal);
        return null;
    }

    private string[]? Mail(string local)
    {
        _sender = local;
        _recipients.Clear();
        return folder switch
        {
            "mail-from" => Decision(local),
            "auth" => [_isLoggedIn ? "y502 Ok\0" : "y501 No authentication\0"],
            _ => null,
        };
    }

    private string[]? Recipient(string local)
    {
        var decision = folder switch
        {
            "rcpt-to" => Decision(local),
            "milter" when local == "other-spammer" => ["r"],
            _ => null,
        };
        if (decision is null) _recipients.Add(local);
        return decision;
    }

    private string[]? End() => folder switch
    {
        "rcpt-to" when _recipients.Contains("quarantine") => ["qtest\0", "c"],
        "header" => [.. HeaderChanges(), "c"],
        _ => null,
    };

    private static string[]? Decision(string local) => local switch
    {
        "temp-fail" => ["t"],
        "reject" or "reject-one" => ["r"],
        "discard" or "discard-one" => ["d"],
        "custom" => ["y555 5.0.0 custom\0"],
        _ => null,
    };

    // Places count from our Received field, which has the number 0.
    private string[] HeaderChanges() => _sender switch
    {
        "add" => ["hX-ADD1\0Test\0", "hX-ADD2\0Test\0"],
        "del" => ["m\0\0\0\u0001Subject\0\0"],
        "subject" => ["m\0\0\0\u0001Subject\0changed\0"],
        "multiline" => ["hX-MultiLine\0Line1\n\tLine2\n\tLine3\0"],
        "multi" => ["m\0\0\0\u0001Subject\0\0", "i\0\0\0\u0001X-First1\0Test\0", "i\0\0\0\u0002X-First2\0Test\0", "i\0\0\0\u0005X-Before-DATE\0Test\0", "hX-ADD1\0Test\0", "hX-ADD2\0Test\0"],
        _ => throw new InvalidOperationException($"no filter of the suite changes header fields for {_sender}"),
    };

    private static string Local(string packet) => packet[2..packet.IndexOf('@', StringComparison.Ordinal)];
}
