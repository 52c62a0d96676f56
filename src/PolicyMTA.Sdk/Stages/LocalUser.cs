namespace PolicyMTA.Sdk;

/// <summary>A user of this machine. An immutable value.</summary>
/// <param name="Id">The user id.</param>
/// <param name="Name">The login name; the id as text for one without a name.</param>
public sealed record LocalUser(long Id, string Name);
