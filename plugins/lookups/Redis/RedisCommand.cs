namespace PolicyMTA.Lookups.Redis;

/// <summary>How a redis table asks.</summary>
internal enum RedisCommand
{
    /// <summary>The value of a key.</summary>
    Get,
    /// <summary>A field of a hash.</summary>
    HashGet,
    /// <summary>Whether a set has a member; the member is the value.</summary>
    IsMember,
}
