namespace PolicyMTA.Policy;

/// <summary>The first use of the script engine in a process costs half a second of JIT; a program that starts does it beside its other work.</summary>
public static class JintWarmup
{
    /// <summary>Runs a small policy once. Never throws; the caller awaits it before it ends.</summary>
    public static Task RunAsync() => throw new NotImplementedException();
}
