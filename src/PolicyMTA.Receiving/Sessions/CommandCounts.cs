using System.Globalization;
using System.Text;

namespace PolicyMTA.Receiving.Sessions;

/// <summary>How often each command came and how often it succeeded: the <c>ehlo=1 mail=0/1 commands=1/2</c> of the log's disconnect line.</summary>
internal sealed class CommandCounts
{
    private readonly List<(string Verb, int Good, int All)> _counts = new(8);

    internal void Count(string verb, bool succeeded)
    {
        for (var i = 0; i < _counts.Count; i++)
        {
            var (known, good, all) = _counts[i];
            if (known != verb) continue;
            _counts[i] = (known, good + (succeeded ? 1 : 0), all + 1);
            return;
        }
        _counts.Add((verb, succeeded ? 1 : 0, 1));
    }

    public override string ToString()
    {
        var text = new StringBuilder(64);
        var (good, all) = (0, 0);
        foreach (var count in _counts)
        {
            Append(text, count.Verb, count.Good, count.All);
            good += count.Good;
            all += count.All;
        }
        Append(text, "commands", good, all);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, int good, int all)
    {
        text.Append(' ').Append(name).Append('=');
        if (good != all) text.Append(CultureInfo.InvariantCulture, $"{good}/");
        text.Append(all);
    }
}
