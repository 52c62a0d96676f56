using System.Text;

namespace PolicyMTA.Restrictions.PolicyService;

/// <summary>An answer of the policy delegation protocol: lines <c>name=value</c> and an empty one. Pure.</summary>
internal static class PolicyReply
{
    /// <summary>Bytes of an answer, its empty line included; the longest action that services are known to give are a few hundred.</summary>
    internal const int Longest = 16 * 1024;

    private const string Action = "action=";

    /// <summary>Where the answer ends; null while it has not.</summary>
    internal static int? FindEnd(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [(byte)'\n', ..]) return 1;
        var end = bytes.IndexOf("\n\n"u8);
        return end < 0 ? null : end + 2;
    }

    /// <summary>The action of a whole answer; attributes that nobody asked for are passed over, and of several actions the first counts.</summary>
    /// <exception cref="InvalidDataException">It has none, or is malformed.</exception>
    internal static string ReadAction(ReadOnlySpan<byte> answer)
    {
        string? action = null;
        foreach (var line in Encoding.UTF8.GetString(answer).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.IndexOf('=', StringComparison.Ordinal) <= 0) throw new InvalidDataException("a line that is not name=value");
            if (line.Any(c => char.IsControl(c) && c != '\t')) throw new InvalidDataException("a control character");
            if (line.StartsWith(Action, StringComparison.Ordinal)) action ??= line[Action.Length..].Trim();
        }
        return action is { Length: > 0 } ? action : throw new InvalidDataException("no action");
    }
}
