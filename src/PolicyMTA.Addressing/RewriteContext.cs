namespace PolicyMTA.Addressing;

/// <summary>Whose domains complete an address (trivial-rewrite(8)).</summary>
public enum RewriteContext
{
    /// <summary>Ours: envelopes, tables, headers of our own users' mail. <c>myorigin</c> and <c>mydomain</c>.</summary>
    Local,
    /// <summary>Headers of strangers' mail: <c>remote_header_rewrite_domain</c>.</summary>
    Remote,
}
