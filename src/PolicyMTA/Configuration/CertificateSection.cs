namespace PolicyMTA.Configuration;

/// <summary>A section <c>[certificates."NAME"]</c>: what clients are shown that ask for a name.</summary>
/// <param name="Name">The name in lower case; <c>*.example.org</c> for any one label.</param>
/// <param name="CertificateFile">The certificate with its chain, an absolute path.</param>
/// <param name="KeyFile">Its key, an absolute path.</param>
/// <param name="Position">Where the section stands.</param>
internal sealed record CertificateSection(string Name, string CertificateFile, string KeyFile, SourcePosition Position);
