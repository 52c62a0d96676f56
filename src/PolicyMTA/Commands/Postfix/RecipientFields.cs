using System.Text;

namespace PolicyMTA.Commands.Postfix;

/// <summary>
/// Finds the recipients in a header section that goes by line by line: To, Cc and Bcc, or their Resent forms when there is one (RFC 5322 §3.6.6). The fields
/// themselves stay; Bcc goes when the message is picked up.
/// </summary>
internal sealed class RecipientFields
{
    private const int LongestField = 10 << 20;

    private readonly List<string> _plain = [], _resent = [];
    private readonly StringBuilder _field = new();
    private bool _isOver, _hasResent;

    /// <summary>The recipients of what was read.</summary>
    public IReadOnlyList<string> Recipients
    {
        get
        {
            EndField();
            return _hasResent ? _resent : _plain;
        }
    }

    public void Read(ReadOnlySpan<byte> line)
    {
        if (_isOver) return;
        var text = Encoding.UTF8.GetString(line).TrimEnd('\r', '\n');
        if (text.Length > 0 && text[0] is ' ' or '\t')
        {
            if (_field.Length + text.Length <= LongestField) _field.Append(text);
            return;
        }
        EndField();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        _isOver = colon <= 0 || text.AsSpan(0, colon).TrimEnd().ContainsAny(' ', '\t');
        if (!_isOver) _field.Append(text);
    }

    private void EndField()
    {
        var text = _field.ToString();
        _field.Clear();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0) return;
        var name = text[..colon].TrimEnd().ToLowerInvariant();
        var isResent = name.StartsWith("resent-", StringComparison.Ordinal);
        _hasResent |= isResent;
        if ((isResent ? name["resent-".Length..] : name) is "to" or "cc" or "bcc") (isResent ? _resent : _plain).AddRange(AddressList.Read(text[(colon + 1)..]));
    }
}
