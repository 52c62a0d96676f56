using System.Globalization;

namespace PolicyMTA.Sdk;

/// <summary>Reads the right-hand sides of access tables, which are also the answers of policy services (access(5)).</summary>
public static class AccessAction
{
    private static readonly EnhancedStatus Denied = EnhancedStatus.Parse("5.7.1");

    /// <summary>
    /// The verdict of an action. One that can't be read is a mistake of the administrator's: <c>451 4.3.5 Server configuration error</c>, with the
    /// cause for the log. Thread-safe; never throws for what the text says.
    /// </summary>
    /// <param name="action">The text, as <c>REJECT no thanks</c>.</param>
    /// <param name="rejectCode"><c>access_map_reject_code</c>.</param>
    /// <param name="deferCode"><c>access_map_defer_code</c>.</param>
    /// <param name="item">What is looked up, for the frame of a refusal.</param>
    public static Verdict Parse(string action, int rejectCode = 554, int deferCode = 450, RefusedItem item = RefusedItem.OfStage)
    {
        ArgumentNullException.ThrowIfNull(action);
        var text = action.Trim();
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        var word = end < 0 ? text : text[..end];
        var rest = end < 0 ? "" : text[end..].Trim();
        return word.ToUpperInvariant() switch
        {
            "OK" or "RELAY" => Verdict.Permit,
            "DUNNO" => Verdict.Dunno,
            "REJECT" => Refuse(rejectCode, rest, "Access denied", item),
            "DEFER" => Refuse(deferCode, rest, "Access denied", item),
            "DEFER_IF_PERMIT" => new Verdict.DeferIfPermit(Refuse(deferCode, rest, "Service unavailable", item)),
            "DEFER_IF_REJECT" => new Verdict.DeferIfReject(Refuse(deferCode, rest, "Service unavailable", item)),
            "HOLD" => new Verdict.Hold(rest.Length > 0 ? rest : "triggers HOLD action"),
            "DISCARD" => new Verdict.Discard(rest.Length > 0 ? rest : null),
            "FILTER" when rest.Contains(':', StringComparison.Ordinal) => new Verdict.Filter(rest),
            "REDIRECT" when rest.Contains('@', StringComparison.Ordinal) => new Verdict.Redirect(Address.FromInternal(rest)),
            "BCC" when rest.Contains('@', StringComparison.Ordinal) => new Verdict.Bcc(Address.FromInternal(rest)),
            "PREPEND" when TryHeader(rest, out var field) => new Verdict.Prepend(field),
            "INFO" => new Verdict.Log(rest.Length > 0 ? rest : "triggers INFO action", IsWarning: false),
            "WARN" => new Verdict.Log(rest.Length > 0 ? rest : "triggers WARN action", IsWarning: true),
            // Any other number is a time stamp that tools for POP-before-SMTP leave: it means OK.
            _ when IsRefusalCode(word) => Numeric(int.Parse(word, CultureInfo.InvariantCulture), rest, item),
            _ when text.Length > 0 && text.All(char.IsAsciiDigit) => Verdict.Permit,
            _ when IsName(word) => new Verdict.Apply(text) { Item = item },
            _ => Mistake(text),
        };
    }

    // What is no action is a list of restrictions; whether there are such the core knows. Their names are in small letters.
    private static bool IsName(string word) => word.Length is > 0 and <= 64 && char.IsAsciiLetterLower(word[0]) && word.TrimEnd(',').All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or ',');

    private static bool IsRefusalCode(string word) => word is [('4' or '5'), >= '0' and <= '9', >= '0' and <= '9'];

    private static Verdict.Refuse Numeric(int code, string rest, RefusedItem item) =>
        Refuse(code, rest, "Access denied", item) with { Disconnects = code is 421 or 521 };

    private static Verdict.Refuse Refuse(int code, string rest, string otherwise, RefusedItem item)
    {
        var (status, text) = SplitStatus(rest);
        return new Verdict.Refuse(code, (status ?? Denied).For(code), text.Length > 0 ? text : otherwise) { Item = item };
    }

    private static (EnhancedStatus?, string) SplitStatus(string text)
    {
        var end = text.AsSpan().IndexOfAny(' ', '\t');
        return EnhancedStatus.TryParse(end < 0 ? text : text[..end], out var status) && status.Class is 4 or 5
            ? (status, end < 0 ? "" : text[end..].Trim())
            : (null, text);
    }

    // RFC 5322 §2.2: printable ASCII but the colon.
    private static bool TryHeader(string text, out HeaderField field)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var isField = colon > 0 && text[..colon].All(c => c is > ' ' and < '\x7f');
        field = isField ? new HeaderField(text[..colon], " " + text[(colon + 1)..].TrimStart()) : new HeaderField("", "");
        return isField;
    }

    private static Verdict.Refuse Mistake(string action) =>
        Refusals.Of(451, "4.3.5", "Server configuration error", frame: ReplyFrame.None) with { Cause = $"no access action: '{action}'" };
}
