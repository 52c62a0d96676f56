namespace PolicyMTA.Quickstart;

/// <summary>A mailbox of the quickstart's domain.</summary>
/// <param name="Local">Its local part.</param>
/// <param name="Password">What its owner logs in with.</param>
/// <param name="Hash">What the database holds of it.</param>
internal sealed record Mailbox(string Local, string Password, string Hash)
{
    public const string Domain = "example.test";
    public string Address => $"{Local}@{Domain}";

    // A record's own text would show the password in a log.
    public override string ToString() => Address;
}
