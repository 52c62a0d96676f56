using System.Buffers;
using System.Text;
using PolicyMTA.Addressing;

namespace PolicyMTA.Receiving.Messages;

/// <summary>A look at the bytes of a header section that nearly all mail passes: everything there, every address with its domain, so that nothing has to be taken apart. Pure.</summary>
internal static class HeaderGlance
{
    private const int LongestName = 32;

    // What could hide an address or make it another one: quotes, comments, operators, groups, literals.
    private static readonly SearchValues<byte> Special = SearchValues.Create("\"(%!:;["u8);

    /// <summary>True when nothing has to be completed; false when a closer look is needed.</summary>
    internal static bool IsComplete(ReadOnlySpan<byte> message, bool needsRecipients)
    {
        Span<char> name = stackalloc char[LongestName];
        var (hasId, hasDate, hasFrom, hasRecipients) = (false, false, false, false);
        while (!message.StartsWith("\r\n"u8))
        {
            var colon = message.IndexOf((byte)':');
            if (colon <= 0) return false;
            var length = FieldLength(message);
            // The message ends here, or it is no field: whoever mends it looks closer.
            if (length == 0 || colon >= length) return false;
            if (colon < LongestName)
            {
                if (Ascii.ToUtf16(message[..colon], name, out _) != OperationStatus.Done) return false;
                var field = ((ReadOnlySpan<char>)name[..colon]).TrimEnd();
                if (field.StartsWith("Resent-", StringComparison.OrdinalIgnoreCase)) return false;
                hasId |= field.Equals("Message-Id", StringComparison.OrdinalIgnoreCase);
                hasDate |= field.Equals("Date", StringComparison.OrdinalIgnoreCase);
                hasFrom |= field.Equals("From", StringComparison.OrdinalIgnoreCase);
                hasRecipients |= field.Equals("To", StringComparison.OrdinalIgnoreCase) || field.Equals("Cc", StringComparison.OrdinalIgnoreCase);
                if (AddressFields.UseOf(field) != AddressUse.None && !HasWholeAddresses(message[(colon + 1)..length])) return false;
            }
            message = message[length..];
        }
        return hasId && hasDate && hasFrom && (hasRecipients || !needsRecipients);
    }

    // One at-sign an address, and nothing that could hide one or make it something else.
    private static bool HasWholeAddresses(ReadOnlySpan<byte> value) =>
        value.IndexOfAny(Special) < 0 && value.IndexOf(".>"u8) < 0 && value.IndexOf(".,"u8) < 0 && !value.TrimEnd("\r\n \t"u8).EndsWith("."u8)
        && value.Count((byte)'@') == value.Count((byte)',') + 1 && HasDots(value);

    // append_dot_mydomain, and words side by side, are for a closer look: each at-sign has its dot behind it, and no name stands beside it without brackets.
    private static bool HasDots(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            var one = value[range].Trim("\r\n \t"u8);
            var open = one.IndexOf((byte)'<');
            if (open >= 0)
            {
                var close = one.IndexOf((byte)'>');
                if (close < one.Length - 1) return false;
                one = one[(open + 1)..close];
            }
            var at = one.IndexOf((byte)'@');
            if (at <= 0 || at == one.Length - 1 || one.IndexOfAny(" \t\r<>"u8) >= 0 || one[at..].IndexOf((byte)'.') < 0) return false;
        }
        return true;
    }

    private static int FieldLength(ReadOnlySpan<byte> rest)
    {
        var length = 0;
        do
        {
            var end = rest[length..].IndexOf((byte)'\n');
            if (end < 0) return 0;
            length += end + 1;
            if (length >= rest.Length) return 0;
        }
        while (rest[length] is (byte)' ' or (byte)'\t');
        return length;
    }
}
