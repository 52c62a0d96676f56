using System.Globalization;
using PolicyMTA.Sdk;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>The parameters of MAIL and RCPT as filters hear and write them. What they write and we don't know is passed over, as Postfix does. Pure.</summary>
internal static class FilterParameters
{
    private static readonly (string Word, Notify Value)[] Notifies = [("NEVER", Notify.Never), ("SUCCESS", Notify.Success), ("FAILURE", Notify.Failure), ("DELAY", Notify.Delay)];

    internal static IEnumerable<string> Of(MailParameters mail)
    {
        if (mail.Size is { } size) yield return string.Create(CultureInfo.InvariantCulture, $"SIZE={size}");
        if (mail.Body != BodyType.Unspecified) yield return $"BODY={mail.Body switch { BodyType.SevenBit => "7BIT", BodyType.EightBitMime => "8BITMIME", _ => "BINARYMIME" }}";
        if (mail.SmtpUtf8) yield return "SMTPUTF8";
        if (mail.Ret != Ret.Unspecified) yield return $"RET={(mail.Ret == Ret.Full ? "FULL" : "HDRS")}";
        if (mail.EnvelopeId is { } id) yield return $"ENVID={Encode(id)}";
        if (mail.Auth is { } auth) yield return $"AUTH={Encode(auth)}";
    }

    internal static IEnumerable<string> Of(RecipientParameters recipient)
    {
        var words = Notifies.Where(notify => recipient.Notify.HasFlag(notify.Value)).Select(notify => notify.Word).ToArray();
        if (words.Length > 0) yield return $"NOTIFY={string.Join(',', words)}";
        if (recipient.OriginalRecipient is { } original && original.Split(';', 2) is [var type, var address]) yield return $"ORCPT={type};{Encode(address)}";
    }

    internal static MailParameters? OfMail(string text)
    {
        var mail = MailParameters.None;
        foreach (var (key, value) in Words(text))
        {
            if (key == "ENVID") mail = mail with { EnvelopeId = Decode(value) };
            else if (key == "RET" && (value.ToUpperInvariant() is "FULL" or "HDRS")) mail = mail with { Ret = value.Equals("FULL", StringComparison.OrdinalIgnoreCase) ? Ret.Full : Ret.Headers };
        }
        return mail == MailParameters.None ? null : mail;
    }

    internal static RecipientParameters? OfRecipient(string text)
    {
        var recipient = RecipientParameters.None;
        foreach (var (key, value) in Words(text))
        {
            if (key == "NOTIFY") recipient = recipient with { Notify = value.Split(',').Aggregate(Notify.Unspecified, (all, word) => all | Notifies.FirstOrDefault(one => one.Word.Equals(word, StringComparison.OrdinalIgnoreCase)).Value) };
            else if (key == "ORCPT") recipient = recipient with { OriginalRecipient = Decode(value) };
        }
        // NEVER stands alone (RFC 3461 §4.1).
        if (recipient.Notify.HasFlag(Notify.Never)) recipient = recipient with { Notify = Notify.Never };
        return recipient == RecipientParameters.None ? null : recipient;
    }

    private static IEnumerable<(string Key, string Value)> Words(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => word.Contains('=', StringComparison.Ordinal)).Select(word => (word[..word.IndexOf('=', StringComparison.Ordinal)].ToUpperInvariant(), word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]));

    // xtext (RFC 3461 §4).
    private static string Encode(string text) => string.Concat(text.Select(c => c is > ' ' and <= '~' and not ('+' or '=') or > '\x7f' ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"+{(int)c:X2}")));

    private static string Decode(string text)
    {
        var decoded = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '+' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && code is >= 0x20 and < 0x7f)
            {
                decoded.Append((char)code);
                i += 2;
            }
            else decoded.Append(text[i]);
        }
        return decoded.ToString();
    }
}
