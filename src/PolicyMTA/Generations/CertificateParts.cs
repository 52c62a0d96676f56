using PolicyMTA.Configuration;

namespace PolicyMTA.Generations;

/// <summary>Brings certificates into a generation: one for each pair of files, however many listeners use it.</summary>
internal static class CertificateParts
{
    /// <summary>The certificate for listeners with these parameters; null when they name none.</summary>
    /// <exception cref="Sdk.ConfigurationException">The files can't be used.</exception>
    public static CertificateFiles? Obtain(GenerationScope scope, Parameters parameters) =>
        parameters.FilePath("smtpd_tls_cert_file") is { } certificate && parameters.FilePath("smtpd_tls_key_file") is { } key ? Obtain(scope, certificate, key) : null;

    /// <summary>The certificate in these files.</summary>
    /// <exception cref="Sdk.ConfigurationException">The files can't be used.</exception>
    public static CertificateFiles Obtain(GenerationScope scope, string certificate, string key)
    {
        var hash = CertificateFiles.HashOf(certificate, key);
        var name = key == certificate ? certificate : $"{certificate} with {key}";
        if (scope.Parts.Find<CertificateFiles>("certificate", name) is { } known) return known.Value;
        var part = scope.FindEarlier<CertificateFiles>("certificate", name) is { } earlier && earlier.Hash == hash
            ? scope.Parts.Keep(earlier)
            : scope.Parts.Add("certificate", name, hash, CertificateFiles.Open(certificate, key), static _ => ValueTask.CompletedTask);
        return part.Value;
    }
}
