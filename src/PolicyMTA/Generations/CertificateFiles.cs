using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Generations;

/// <summary>
/// A certificate with its key in PEM files, and what is shown of them. Whoever renews certificates (certbot) replaces the files or what they link to: the next
/// look shows the new ones. Files that can't be used never take away what is shown.
/// </summary>
internal sealed partial class CertificateFiles
{
    private readonly string _certificate;
    private readonly string _key;
    private string _seen;

    private CertificateFiles(string certificate, string key, string hash, SslStreamCertificateContext context)
    {
        (_certificate, _key, _seen) = (certificate, key, hash);
        Served = new ServerCertificate(context);
    }

    /// <summary>What listeners show.</summary>
    public ServerCertificate Served { get; }

    /// <exception cref="ConfigurationException">The files can't be used.</exception>
    public static CertificateFiles Open(string certificate, string key) => new(certificate, key, HashOf(certificate, key), Load(certificate, key));

    /// <summary>The certificates of a PEM file.</summary>
    /// <exception cref="ConfigurationException">The file can't be used.</exception>
    public static X509Certificate2Collection LoadAuthorities(string file, string name = "smtpd_tls_CAfile")
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{name} {file} can't be used: {error.Message}", error);
        }
        return authorities;
    }

    /// <summary>What the files hold.</summary>
    /// <exception cref="ConfigurationException">They can't be read.</exception>
    public static string HashOf(string certificate, string key)
    {
        try
        {
            return ContentHash.OfTexts(ContentHash.OfFile(certificate), key, ContentHash.OfFile(key));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(error.Message, error);
        }
    }

    /// <summary>Shows what the files hold now, if that is something else, and can be used. Says so once for each change. One call at a time.</summary>
    public void Look(DateTimeOffset now, ILogger log)
    {
        string hash;
        try
        {
            hash = HashOf(_certificate, _key);
        }
        catch (ConfigurationException unreadable)
        {
            if (_seen.Length == 0) return;
            _seen = "";
            Log.Kept(log, _certificate, unreadable.Message);
            return;
        }
        if (hash == _seen) return;
        try
        {
            var renewed = Load(_certificate, _key);
            // Between two files of a renewal the one is new and the other old: then they do not fit, and the next look finds both.
            _seen = hash;
            if (renewed.TargetCertificate.NotAfter.ToUniversalTime() <= now.UtcDateTime)
            {
                Log.Kept(log, _certificate, "the new certificate has expired");
                return;
            }
            Served.Renew(renewed);
            Log.Renewed(log, _certificate, renewed.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (ConfigurationException unusable)
        {
            _seen = hash;
            Log.Kept(log, _certificate, unusable.Message);
        }
    }

    private static SslStreamCertificateContext Load(string certificate, string key)
    {
        foreach (var path in new[] { certificate, key }.Where(p => !File.Exists(p))) throw new ConfigurationException($"there is no file {path}");
        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(certificate, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificate);
            // Offline: fetching missing intermediates while starting would make a start depend on the network.
            return SslStreamCertificateContext.Create(leaf, chain, offline: true);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException($"the certificate {certificate} with the key {key} can't be used: {error.Message}", error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "certificate {File} was renewed, it is valid until {NotAfter:yyyy-MM-dd}")]
        internal static partial void Renewed(ILogger logger, string file, DateTime notAfter);

        [LoggerMessage(Level = LogLevel.Warning, Message = "certificate {File} has changed and is not used, the one before is shown: {Reason}")]
        internal static partial void Kept(ILogger logger, string file, string reason);
    }
}
