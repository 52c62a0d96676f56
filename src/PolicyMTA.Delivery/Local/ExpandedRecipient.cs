using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Local;

/// <summary>One destination that a local recipient came to. An immutable value.</summary>
/// <param name="Address">Whom it is for.</param>
/// <param name="Route">Where it goes; null: where its address says.</param>
/// <param name="Scope">How it was come to.</param>
internal sealed record ExpandedRecipient(Address Address, string? Route, ExpansionScope Scope)
{
    private const string ErrorPrefix = "error:";

    /// <summary>Something that is done here, or an error: the message needs no further trace field.</summary>
    public bool IsHere => Route is not null && (LocalDestination.TryRead(Route, out _) || IsFailure);

    /// <summary>It can't be delivered.</summary>
    public bool IsFailure => Route is not null && Route.StartsWith(ErrorPrefix, StringComparison.Ordinal);

    /// <summary>A destination that fails.</summary>
    public static ExpandedRecipient Failure(Address address, EnhancedStatus status, string text, ExpansionScope scope) => new(address, $"{ErrorPrefix}{status} {text}", scope);
}
