using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>Addresses in one column, told apart again at their last <c>@</c>.</summary>
internal static class StoredAddress
{
    // A bare local part that holds an @ itself would be taken apart there.
    internal static string Write(Address address) => address.Domain.Length == 0 && address.Local.Contains('@', StringComparison.Ordinal) ? address.Local + "@" : address.ToString();

    internal static Address Read(string text) => text.Length == 0 ? Address.Null : Address.FromInternal(text);
}
