namespace PolicyMTA.Delivery.Local;

/// <summary>A user of this machine (passwd(5)). An immutable value.</summary>
internal sealed record UserAccount(string Name, uint Id, uint Group, string Home, string Shell)
{
    /// <summary>The superuser: nothing of others runs with its rights.</summary>
    public bool IsRoot => Id == 0;
}
