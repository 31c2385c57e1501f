import { startDashboard } from "../admin/dashboard.tsx";

void startDashboard();
