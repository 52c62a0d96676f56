namespace PolicyMTA.Delivery;

/// <summary>Which family of addresses is tried first among hosts of one preference (<c>smtp_address_preference</c>).</summary>
public enum AddressPreference
{
    /// <summary>Either.</summary>
    Any,
    /// <summary>IPv4.</summary>
    Ipv4,
    /// <summary>IPv6.</summary>
    Ipv6,
}
