namespace PolicyMTA.Receiving;

/// <summary>Certificates by the names that clients ask for (RFC 6066 §3). An immutable value.</summary>
public sealed class CertificateNames(IReadOnlyDictionary<string, ServerCertificate> byName)
{
    /// <summary>No names: each listener shows its own certificate.</summary>
    public static CertificateNames None { get; } = new(new Dictionary<string, ServerCertificate>());

    /// <summary>True when there is nothing to choose from.</summary>
    public bool IsEmpty => byName.Count == 0;

    /// <summary>The certificate of a name, or of <c>*.</c> and what follows its first label; null when there is none.</summary>
    public ServerCertificate? Find(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;
        var lower = name.TrimEnd('.').ToLowerInvariant();
        if (byName.TryGetValue(lower, out var exact)) return exact;
        var dot = lower.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? byName.GetValueOrDefault("*" + lower[dot..]) : null;
    }
}
