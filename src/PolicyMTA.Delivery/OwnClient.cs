namespace PolicyMTA.Delivery;

/// <summary>A transport that is one of the clients with settings of its own. An immutable value.</summary>
/// <param name="Protocol"><c>smtp</c> or <c>lmtp</c>.</param>
/// <param name="Settings">What it goes by in the place of the server's.</param>
public sealed record OwnClient(string Protocol, ClientSettings Settings);
