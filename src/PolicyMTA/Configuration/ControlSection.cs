namespace PolicyMTA.Configuration;

/// <summary><c>[control]</c>.</summary>
/// <param name="Socket">The unix socket that the <c>policymta</c> command talks to.</param>
internal sealed record ControlSection(string Socket);
