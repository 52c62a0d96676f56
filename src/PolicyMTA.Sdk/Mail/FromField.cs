using System.Text;

namespace PolicyMTA.Sdk;

/// <summary>
/// Reads the mailboxes of a From field (RFC 5322 §3.4, §3.6.2) for checks that believe a domain: where readers could differ over whom it names, it names nobody.
/// Names, comments and groups say nothing. Never throws.
/// </summary>
public static class FromField
{
    private const int LongestField = 64 * 1024;

    /// <summary>Reads a field's body as <see cref="HeaderField.Value"/> has it; false when it can be read in more than one way, or not at all. No mailbox at all is an empty list.</summary>
    public static bool TryRead(string value, out IReadOnlyList<Address> mailboxes)
    {
        ArgumentNullException.ThrowIfNull(value);
        var found = new List<Address>();
        mailboxes = found;
        return value.Length <= LongestField && new Reader(Decoded(value)).TryReadAll(found);
    }

    // A field's characters are its octets; addresses outside ASCII are UTF-8 (RFC 6532).
    private static string Decoded(string value) => Ascii.IsValid(value) ? value : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));

    private sealed class Reader(string text)
    {
        private readonly StringBuilder _plain = new();
        private string? _angle;
        private bool _isInGroup, _isBehindAngle;

        internal bool TryReadAll(List<Address> found)
        {
            for (var at = 0; at < text.Length; at++)
            {
                var c = text[at];
                if (c == '(')
                {
                    if ((at = EndOfComment(at)) < 0) return false;
                }
                else if (c == '"')
                {
                    var end = EndOfQuotes(at);
                    if (end < 0) return false;
                    if (!TryKeep(text[at..(end + 1)])) return false;
                    at = end;
                }
                else if (c == '<')
                {
                    if (_angle is not null || !TryReadAngle(ref at)) return false;
                }
                else if (c == ':' && !_isInGroup && _angle is null && _plain.ToString().IndexOf('@', StringComparison.Ordinal) < 0 && text.IndexOf(';', at) > 0)
                {
                    _isInGroup = true;
                    _plain.Clear();
                }
                else if (c == ',' || c == ';' && _isInGroup)
                {
                    if (!TryClose(found)) return false;
                    _isInGroup &= c != ';';
                }
                else if (c is '>' or ';' or '\0' || !TryKeep(c.ToString()))
                {
                    return false;
                }
            }
            return TryClose(found);
        }

        // Behind the brackets there may be nothing but white space and comments.
        private bool TryKeep(string piece)
        {
            if (_isBehindAngle && !string.IsNullOrWhiteSpace(piece)) return false;
            _plain.Append(piece);
            return true;
        }

        private bool TryReadAngle(ref int at)
        {
            var address = new StringBuilder();
            for (at++; at < text.Length && text[at] != '>'; at++)
            {
                if (text[at] == '<') return false;
                if (text[at] == '(')
                {
                    if ((at = EndOfComment(at)) < 0) return false;
                    continue;
                }
                var end = text[at] == '"' ? EndOfQuotes(at) : at;
                if (end < 0) return false;
                address.Append(text, at, end + 1 - at);
                at = end;
            }
            if (at >= text.Length) return false;
            _angle = address.ToString();
            _isBehindAngle = true;
            return true;
        }

        private bool TryClose(List<Address> found)
        {
            var (address, isEmpty) = (_angle ?? _plain.ToString(), _angle is null && string.IsNullOrWhiteSpace(_plain.ToString()));
            (_angle, _isBehindAngle) = (null, false);
            _plain.Clear();
            if (isEmpty) return true;
            if (Parse(address) is not { } mailbox) return false;
            found.Add(mailbox);
            return true;
        }

        private static Address? Parse(string text)
        {
            var compact = new StringBuilder();
            var at = -1;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '"')
                {
                    if (at >= 0) return null;
                    var end = EndOfQuotes(text, i);
                    for (i++; i < end; i++) compact.Append(text[i] == '\\' ? text[++i] : text[i]);
                }
                // White space may stand around dots and the @ (obs-addr-spec), never within a word.
                else if (char.IsWhiteSpace(text[i]))
                {
                    if (IsWithinWord(text, i)) return null;
                }
                else
                {
                    if (text[i] == '@')
                    {
                        if (at >= 0) return null;
                        at = compact.Length;
                    }
                    compact.Append(text[i]);
                }
            }
            if (at <= 0 || at == compact.Length - 1) return null;
            var (local, domain) = (compact.ToString(0, at), compact.ToString(at + 1, compact.Length - at - 1).TrimEnd('.'));
            return IsDomain(domain) ? new Address(local, domain) : null;
        }

        private static bool IsWithinWord(string text, int at)
        {
            var (before, after) = (text[..at].TrimEnd(), text[at..].TrimStart());
            return before.Length > 0 && after.Length > 0 && before[^1] is not ('.' or '@') && after[0] is not ('.' or '@');
        }

        private static bool IsDomain(string domain) =>
            domain is ['[', .., ']'] || domain.Split('.').All(label => label.Length is > 0 and <= 63) && domain.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' || c > '\x7f');

        private int EndOfQuotes(int start) => EndOfQuotes(text, start);

        private static int EndOfQuotes(string text, int start)
        {
            for (var at = start + 1; at < text.Length; at++)
            {
                if (text[at] == '\\') at++;
                else if (text[at] == '"') return at;
            }
            return -1;
        }

        private int EndOfComment(int start)
        {
            var depth = 0;
            for (var at = start; at < text.Length; at++)
            {
                if (text[at] == '\\') at++;
                else if (text[at] == '(') depth++;
                else if (text[at] == ')' && --depth == 0) return at;
            }
            return -1;
        }
    }
}
