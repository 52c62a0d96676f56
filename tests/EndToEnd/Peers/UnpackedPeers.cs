namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Mail servers that conflict as packages: <c>.ci/peers</c> unpacks them side by side.</summary>
internal static class UnpackedPeers
{
    private static string Root => Environment.GetEnvironmentVariable("POLICYMTA_PEER_ROOT") is { Length: > 0 } given ? given : "/var/tmp/policymta-peers";

    /// <summary>The folder a package was unpacked to; the test is skipped, or fails where peers are required, when it was not, or when we are not root.</summary>
    public static string Require(string package)
    {
        var folder = Path.Combine(Root, package);
        var why = !Environment.IsPrivilegedProcess ? $"{package} takes root" : !Directory.Exists(folder) ? $"{package} is not unpacked in {Root}" : null;
        if (why is null) return folder;
        if (Environment.GetEnvironmentVariable("POLICYMTA_PEERS") == "required") Assert.Fail(why);
        Assert.Skip(why);
        return "";
    }
}
