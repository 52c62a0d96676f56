using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace PolicyMTA.Filters.Spf;

/// <summary>A text with macros (RFC 7208 §7). An immutable value.</summary>
internal sealed class MacroString
{
    // §7.1: what a macro is split at, and joined again with dots.
    private static readonly SearchValues<char> Delimiters = SearchValues.Create(".-+,/_=");

    private readonly List<Part> _parts;

    private MacroString(List<Part> parts) => _parts = parts;

    /// <summary>True when it names the client's validated host name: that is asked of DNS.</summary>
    internal bool NeedsHostName => _parts.Exists(part => part.Letter == 'p');

    /// <summary>Reads a text; false when its macros are wrong, or use letters of explanations (c, r, t) elsewhere.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, bool isExplanation, [NotNullWhen(true)] out MacroString? parsed)
    {
        parsed = null;
        var parts = new List<Part>();
        while (text.Length > 0)
        {
            var percent = text.IndexOf('%');
            var literal = percent < 0 ? text : text[..percent];
            // An explanation is a sentence: spaces stand between its macro strings.
            if (literal.ContainsAnyExceptInRange(isExplanation ? ' ' : '!', '~')) return false;
            if (literal.Length > 0) parts.Add(new Part(literal.ToString()));
            if (percent < 0) break;
            text = text[percent..];
            if (!TryParseMacro(ref text, isExplanation, parts)) return false;
        }
        parsed = new MacroString(parts);
        return true;
    }

    /// <summary>Reads a domain-spec: it ends in a top label or a macro (§7.1).</summary>
    internal static bool TryParseDomain(ReadOnlySpan<char> text, [NotNullWhen(true)] out MacroString? parsed)
    {
        if (!TryParse(text, isExplanation: false, out parsed)) return false;
        return parsed._parts is [.., var last] && (last.IsMacro || IsDomainEnd(last.Text));
    }

    /// <summary>The text with its macros replaced.</summary>
    internal string Expand(SpfSubject subject, string domain, string? hostName, DateTimeOffset now)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            if (part.Letter == default) text.Append(part.Text);
            else part.Expand(ValueOf(part.Letter, subject, domain, hostName, now), text);
        }
        return text.ToString();
    }

    private static bool TryParseMacro(ref ReadOnlySpan<char> text, bool isExplanation, List<Part> parts)
    {
        if (text.Length < 2) return false;
        if (text[1] is '%' or '_' or '-')
        {
            parts.Add(new Part(text[1] switch { '%' => "%", '_' => " ", _ => "%20" }) { IsMacro = true });
            text = text[2..];
            return true;
        }
        var end = text.IndexOf('}');
        if (text[1] != '{' || end < 3) return false;
        var body = text[2..end];
        text = text[(end + 1)..];
        var letter = char.ToLowerInvariant(body[0]);
        if (!(isExplanation ? "slodipvhcrt" : "slodipvh").Contains(letter, StringComparison.Ordinal)) return false;
        var rest = body[1..];
        var digits = rest.IndexOfAnyExceptInRange('0', '9') is var at && at < 0 ? rest.Length : at;
        // More labels than an int counts are all of them; none is no number (§7.1).
        var keep = 0;
        if (digits > 0 && !int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out keep)) keep = int.MaxValue;
        if (digits > 0 && keep == 0) return false;
        rest = rest[digits..];
        var isReversed = rest.Length > 0 && char.ToLowerInvariant(rest[0]) == 'r';
        if (isReversed) rest = rest[1..];
        if (rest.ContainsAnyExcept(Delimiters)) return false;
        parts.Add(new Part("") { Letter = letter, Keep = keep, IsReversed = isReversed, SplitAt = rest.Length == 0 ? "." : rest.ToString(), IsEscaped = char.IsAsciiLetterUpper(body[0]), IsMacro = true });
        return true;
    }

    private static bool IsDomainEnd(string literal)
    {
        var name = literal.EndsWith('.') ? literal[..^1] : literal;
        var dot = name.LastIndexOf('.');
        if (dot < 0) return false;
        var label = name.AsSpan(dot + 1);
        if (label.Length == 0 || label[0] == '-' || label[^1] == '-') return false;
        var hasOther = false;
        foreach (var c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
            hasOther |= !char.IsAsciiDigit(c);
        }
        return hasOther;
    }

    private static string ValueOf(char letter, SpfSubject subject, string domain, string? hostName, DateTimeOffset now) => letter switch
    {
        's' => subject.Sender,
        'l' => subject.Local,
        'o' => subject.SenderDomain,
        'd' => domain,
        'i' => ClientAddress.Dotted(subject.Client),
        'p' => hostName ?? "unknown",
        'v' => subject.Client.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "in-addr" : "ip6",
        'h' => subject.Helo,
        'c' => subject.Client.ToString(),
        'r' => subject.Receiver,
        _ => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    };

    private sealed record Part(string Text)
    {
        public char Letter { get; init; }
        public int Keep { get; init; }
        public bool IsReversed { get; init; }
        public string SplitAt { get; init; } = ".";
        public bool IsEscaped { get; init; }
        public bool IsMacro { get; init; }

        internal void Expand(string value, StringBuilder output)
        {
            if (Keep > 0 || IsReversed || SplitAt != ".")
            {
                var labels = value.Split(SplitAt.ToCharArray());
                if (IsReversed) Array.Reverse(labels);
                value = string.Join('.', Keep > 0 && Keep < labels.Length ? labels[^Keep..] : labels);
            }
            output.Append(IsEscaped ? Uri.EscapeDataString(value) : value);
        }
    }
}
