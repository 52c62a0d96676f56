namespace PolicyMTA.Addressing;

/// <summary>The header fields that hold addresses, and whose (Postfix header_opts.c). Pure.</summary>
public static class AddressFields
{
    /// <summary>What the addresses of a field are; none when it holds no addresses.</summary>
    public static AddressUse UseOf(ReadOnlySpan<char> name) => name.Length switch
    {
        2 when Is(name, "To") || Is(name, "Cc") => AddressUse.HeaderRecipient,
        3 when Is(name, "Bcc") => AddressUse.HeaderRecipient,
        4 when Is(name, "From") => AddressUse.HeaderSender,
        6 when Is(name, "Sender") => AddressUse.HeaderSender,
        8 when Is(name, "Reply-To") => AddressUse.HeaderSender,
        9 when Is(name, "Resent-To") || Is(name, "Resent-Cc") => AddressUse.HeaderRecipient,
        9 when Is(name, "Errors-To") => AddressUse.HeaderSender,
        10 when Is(name, "Resent-Bcc") => AddressUse.HeaderRecipient,
        11 when Is(name, "Resent-From") || Is(name, "Return-Path") => AddressUse.HeaderSender,
        13 when Is(name, "Apparently-To") => AddressUse.HeaderRecipient,
        13 when Is(name, "Resent-Sender") => AddressUse.HeaderSender,
        15 when Is(name, "Resent-Reply-To") => AddressUse.HeaderRecipient,
        16 when Is(name, "Mail-Followup-To") => AddressUse.HeaderSender,
        17 when Is(name, "Return-Receipt-To") => AddressUse.HeaderSender,
        27 when Is(name, "Disposition-Notification-To") => AddressUse.HeaderSender,
        _ => AddressUse.None,
    };

    private static bool Is(ReadOnlySpan<char> name, string field) => name.Equals(field, StringComparison.OrdinalIgnoreCase);
}
