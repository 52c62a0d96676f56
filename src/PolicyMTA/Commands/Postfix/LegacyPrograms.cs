namespace PolicyMTA.Commands.Postfix;

/// <summary>The names that administrators' fingers, and other programs, know.</summary>
internal static class LegacyPrograms
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, TimeProvider, CancellationToken, Task<int>>> Programs = new(StringComparer.Ordinal)
    {
        ["sendmail"] = SendmailProgram.RunAsync,
        ["newaliases"] = NewaliasesProgram.RunAsync,
        ["mailq"] = PostqueueProgram.RunMailqAsync,
        ["postqueue"] = PostqueueProgram.RunAsync,
        ["postsuper"] = PostsuperProgram.RunAsync,
        ["postcat"] = PostcatProgram.RunAsync,
        ["postmap"] = PostmapProgram.RunAsync,
    };

    /// <summary>The program that is meant by the name it was called by, or by the first word after <c>--config FILE</c>; null when it is none of these.</summary>
    public static Func<TimeProvider, CancellationToken, Task<int>>? Find(string calledAs, IReadOnlyList<string> arguments)
    {
        if (Programs.TryGetValue(calledAs, out var program)) return (time, token) => RunAsync(calledAs, program, arguments, time, token);
        var first = arguments is ["--config" or "-c", _, ..] ? 2 : 0;
        if (arguments.Count <= first || !Programs.TryGetValue(arguments[first], out program)) return null;
        IReadOnlyList<string> rest = first == 0 ? [.. arguments.Skip(1)] : ["--config", arguments[1], .. arguments.Skip(first + 1)];
        return (time, token) => RunAsync(arguments[first], program, rest, time, token);
    }

    private static async Task<int> RunAsync(string name, Func<IReadOnlyList<string>, TimeProvider, CancellationToken, Task<int>> program, IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await program(arguments, time, cancellationToken);
        }
        catch (FatalException fatal)
        {
            await Console.Error.WriteLineAsync($"{name}: fatal: {fatal.Message}");
            return fatal.Code;
        }
        catch (Sdk.ConfigurationException refusal)
        {
            await Console.Error.WriteLineAsync($"{name}: fatal: {refusal.Message}");
            return SystemExit.Unavailable;
        }
    }
}
