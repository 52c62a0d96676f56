using PolicyMTA.Addressing;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>An address of ours taken apart as local(8) does: the name in lower case, and the extension. An immutable value.</summary>
/// <param name="Address">The address as it is.</param>
/// <param name="Name">Its local part in lower case.</param>
/// <param name="User">The name without its extension.</param>
/// <param name="Extension">The extension; null when there is none.</param>
/// <param name="Delimiter">What stands before it.</param>
internal sealed record LocalRecipient(Address Address, string Name, string User, string? Extension, string Delimiter)
{
    /// <summary>The extension with its delimiter; empty when there is none.</summary>
    public string Tail => Delimiter + Extension;

    public static LocalRecipient Of(Address address, AddressBook addresses)
    {
        var folded = address with { Local = address.Local.ToLowerInvariant() };
        var extension = addresses.FindExtension(folded);
        // FindExtension says nothing of a delimiter with nothing behind it.
        if (extension.Length == 0) return new LocalRecipient(address, folded.Local, folded.Local, null, "");
        var user = folded.Local[..^(extension.Length + 1)];
        // It becomes part of paths.
        if (extension.Contains('/', StringComparison.Ordinal)) return new LocalRecipient(address, user, user, null, "");
        return new LocalRecipient(address, folded.Local, user, extension, folded.Local[user.Length].ToString());
    }
}
