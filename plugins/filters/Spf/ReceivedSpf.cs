using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.Spf;

/// <summary>The field Received-SPF (RFC 7208 §9.1) in the form that policyd-spf gives it.</summary>
internal static class ReceivedSpf
{
    internal static HeaderField Field(SpfFinding finding, string envelopeFrom, string receiver)
    {
        var (word, identity) = (finding.Word, finding.IsHelo ? "helo" : "mailfrom");
        var comment = finding.IsHelo ? Comment(finding.Reason) : identity;
        var helo = Value(finding.Subject.Helo);
        var sender = envelopeFrom.Length == 0 ? "<>" : Value(envelopeFrom);
        return new HeaderField("Received-SPF", $" {char.ToUpperInvariant(word[0])}{word[1..]} ({comment}) identity={identity}; client-ip={finding.Subject.Client}; helo={helo}; envelope-from={sender}; receiver={Value(receiver)} ");
    }

    // What the client chose may not end a value, a comment or the line.
    private static string Value(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~.@:".Contains(c, StringComparison.Ordinal)) ? text
        : $"\"{Clean(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Comment(string text) => Clean(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("(", "\\(", StringComparison.Ordinal).Replace(")", "\\)", StringComparison.Ordinal);

    private static string Clean(string text) => string.Concat(text.Select(c => c is < ' ' or '\x7f' ? '?' : c));
}
