namespace PolicyMTA.Delivery.Local;

/// <summary>Finds the users of this machine, wherever the system keeps them. Blocks: a directory server may be asked.</summary>
internal sealed class UserAccounts(Func<string, UserAccount?> byName, Func<uint, UserAccount?> byId)
{
    /// <summary>Those of the system.</summary>
    public static UserAccounts OfSystem { get; } = new(Passwd.Find, Passwd.Find);

    /// <summary>Null when there is no such user.</summary>
    /// <exception cref="IOException">The system can't say now.</exception>
    public UserAccount? Find(string name) => byName(name);

    /// <summary>The same by id.</summary>
    public UserAccount? Find(uint id) => byId(id);
}
