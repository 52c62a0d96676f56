namespace PolicyMTA.Configuration;

/// <summary>A section <c>[http.NAME]</c> or <c>[events.NAME]</c>: where policies may ask or tell something.</summary>
/// <param name="Url">Where.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="TokenFile">The file of a bearer token; null: none is sent.</param>
/// <param name="SizeLimit">The longest answer, in bytes.</param>
internal sealed record EndpointSection(Uri Url, TimeSpan Timeout, string? TokenFile, int SizeLimit);
