using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace PolicyMTA.Queue.Tests;

/// <summary>Runs the tests, or is the process that one of them kills.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (Environment.GetEnvironmentVariable(CrashChild.FolderVariable) is { Length: > 0 } folder)
        {
            await CrashChild.FillAsync(folder);
            return 1;
        }
        return args.Any(arg => arg is "-automated" or "@@") ? await ConsoleRunner.Run(args) : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
    }
}
