namespace PolicyMTA.EndToEnd;

internal sealed partial class RunningServer
{
    /// <summary>A server that is not started yet: its folder can be prepared.</summary>
    public static RunningServer Prepare()
    {
        var server = new RunningServer(Directory.CreateTempSubdirectory("policymta-").FullName, Repository.Program);
        Directory.CreateDirectory(server.Root);
        return server;
    }
}
